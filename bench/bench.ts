/** What a bench is given and gives. */
export interface BenchContext {
  redisUrl: string;
  postgresUrl: string;
  /** A temporary folder of the whole run. */
  folder: string;
  /** 1 = full size. */
  scale: number;
}

export interface BenchRow {
  what: string;
  value: string;
  /** Against the bench's peer. */
  ratio?: string;
  /** What the project promises of the ratio or the value. */
  target?: string;
}

export type Bench = (context: BenchContext) => Promise<BenchRow[]>;
