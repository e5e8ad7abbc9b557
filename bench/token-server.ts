import { createServer } from 'node:net';

/**
 * The leanest server that answers token requests: it finds the ends of requests and sends the same valid answer.
 * Anything slower would hide what the measured client costs. Prints its port, ends with its parent's pipe. Through a
 * channel to its parent, where there is one, it can be told to leave requests unanswered, and tells what it has seen.
 */
const body = JSON.stringify({
  access_token: 'bench-token-0123456789',
  token_type: 'Bearer',
  expires_in: 1799,
  scope: '',
});
const answer = Buffer.from(
  `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\nconnection: keep-alive\r\n\r\n${body}`,
);

let hangs = false;
let answered = 0;
let left = 0;
/** Epoch milliseconds. */
let firstAt: number | null = null;

const server = createServer((socket) => {
  let waiting = '';
  socket.setNoDelay(true);
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk) => {
    waiting += chunk.toString('latin1');
    for (;;) {
      const end = waiting.indexOf('\r\n\r\n');
      if (end === -1) return;
      const length = Number(/content-length: (\d+)/i.exec(waiting.slice(0, end))?.[1] ?? 0);
      if (waiting.length < end + 4 + length) return;
      waiting = waiting.slice(end + 4 + length);
      firstAt ??= Date.now();
      if (hangs) {
        left += 1;
        continue;
      }
      answered += 1;
      socket.write(answer);
    }
  });
});

server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (address !== null && typeof address === 'object') process.stdout.write(`${address.port}\n`);
});
process.stdin.on('end', () => process.exit(0)).resume();
process.on(
  'message',
  ({ ask, number }: { readonly ask: 'count' | 'hang' | 'answer'; readonly number: number }) => {
    if (ask === 'hang') hangs = true;
    if (ask === 'answer') hangs = false;
    process.send?.({ number, answer: { answered, left, firstAt } });
  },
);
