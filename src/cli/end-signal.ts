/** npm hands on a Ctrl-C that the terminal has sent to us as well: a second one this soon is the same key press. */
const ECHO_MS = 500;

interface Received {
  readonly signal: NodeJS.Signals;
  /** Milliseconds of a clock that only goes forward. */
  readonly at: number;
}

/** Calls `end` at the first SIGTERM or SIGINT. A second one ends the process at once. */
export function onEndSignal(end: (signal: NodeJS.Signals) => void): void {
  let first: Received | null = null;
  const signalled = (signal: NodeJS.Signals) => {
    const received = { signal, at: performance.now() };
    if (first === null) {
      first = received;
      end(signal);
    } else if (!isEcho(first, received)) process.exit(signal === 'SIGINT' ? 130 : 143);
  };
  process.on('SIGTERM', signalled);
  process.on('SIGINT', signalled);
}

export function isEcho(first: Received, second: Received): boolean {
  return first.signal === 'SIGINT' && second.signal === 'SIGINT' && second.at - first.at < ECHO_MS;
}
