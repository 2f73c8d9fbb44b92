/** How many connections of services there are: each keeps that of its upkeep open, from half a second after its start on (store.ts). */
export const SERVICES = `
  SELECT count(*) AS n FROM pg_stat_activity
  WHERE datname = current_database() AND application_name IN ('lyftr append', 'lyftr read', 'lyftr upkeep')`;
