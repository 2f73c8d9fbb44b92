/** What is wrong with a setting's value; config.ts puts its name before it. */
export class InvalidSetting extends Error {}
