/** Ctrl-C and TERM: the first asks to stop cleanly, the second ends the process now. */

export interface StopSignal {
  signal: AbortSignal;
  /** Gives the signals back to the process. */
  release(): void;
}

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

export function listenForStop(onFirst: () => void): StopSignal {
  const abort = new AbortController();
  const listener = (): void => {
    if (abort.signal.aborted) process.exit(130);
    abort.abort();
    onFirst();
  };
  for (const name of SIGNALS) process.on(name, listener);
  return {
    signal: abort.signal,
    release: () => {
      for (const name of SIGNALS) process.off(name, listener);
    },
  };
}
