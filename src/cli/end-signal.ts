/** npm hands on a Ctrl-C that the terminal has sent to us as well: a second one this soon is the same key press. */
const ECHO_MS = 500;

/** Calls `end` at the first SIGTERM or SIGINT. A second one ends the process at once. */
export function onEndSignal(end: (signal: NodeJS.Signals) => void): void {
  let first: { readonly signal: NodeJS.Signals; readonly at: number } | null = null;
  const signalled = (signal: NodeJS.Signals) => {
    const at = performance.now();
    if (first === null) {
      first = { signal, at };
      end(signal);
      return;
    }
    const isEcho = signal === 'SIGINT' && first.signal === 'SIGINT' && at - first.at < ECHO_MS;
    if (!isEcho) process.exit(signal === 'SIGINT' ? 130 : 143);
  };
  process.on('SIGTERM', signalled);
  process.on('SIGINT', signalled);
}
