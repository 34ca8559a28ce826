/** A local file that a task wants to be kept with its results; whoever keeps it moves it away. */
export interface KeptFile {
  /** Only the last part counts. */
  name: string;
  kind: string;
  title: string | null;
  /** Absolute path. */
  file: string;
  sha256: string;
  bytes: number;
}
