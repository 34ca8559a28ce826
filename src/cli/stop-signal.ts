/** Ctrl-C and TERM: the first asks to stop cleanly, the second ends the process now. */

export interface StopSignal {
  signal: AbortSignal;
  /** As if the first signal had come. */
  ask(): void;
  /** Gives the signals back to the process. */
  release(): void;
}

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

export function listenForStop(onFirst: () => void): StopSignal {
  const abort = new AbortController();
  const ask = (): void => {
    if (abort.signal.aborted) return;
    abort.abort();
    onFirst();
  };
  const listener = (): void => {
    if (abort.signal.aborted) process.exit(130);
    ask();
  };
  for (const name of SIGNALS) process.on(name, listener);
  return {
    signal: abort.signal,
    ask,
    release: () => {
      for (const name of SIGNALS) process.off(name, listener);
    },
  };
}
