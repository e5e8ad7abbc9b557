import { connect } from 'node:net';

const REPLY_TIMEOUT_MS = 2_000;

/**
 * Sends one command without arguments to the server on a unix socket and returns the first line of its reply, e.g.
 * `+PONG` or `-LOADING …`; null when nobody answers. A client library would retry, and that is not wanted here.
 */
export function sayOnSocket(socketPath: string, command: 'PING' | 'SHUTDOWN'): Promise<string | null> {
  return new Promise((resolve) => {
    const socket = connect(socketPath);
    let received = '';
    const finish = (reply: string | null): void => {
      socket.destroy();
      resolve(reply);
    };
    socket.setEncoding('utf8');
    socket.setTimeout(REPLY_TIMEOUT_MS, () => finish(null));
    socket.on('error', () => finish(null));
    socket.on('close', () => finish(null));
    socket.on('connect', () => socket.write(`${command}\r\n`));
    socket.on('data', (chunk: string) => {
      received += chunk;
      const end = received.indexOf('\r\n');
      if (end >= 0) finish(received.slice(0, end));
    });
  });
}
