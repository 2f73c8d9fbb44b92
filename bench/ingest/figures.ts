/** Of one burst. Null where the server's process cannot be looked into. */
export interface Figures {
  readonly requestsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Microseconds of CPU a request, work put off until after the burst included. */
  readonly cpuUs: number | null;
  /** Likewise, of all processes of the database server. */
  readonly databaseCpuUs: number | null;
  /** Bytes handed to the disk, a request; by the database server too. */
  readonly bytesWritten: number | null;
  /** Resident memory at the end of the burst. */
  readonly rssMiB: number | null;
}
