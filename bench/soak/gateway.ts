import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** How the whole gateway behaves. */
export type Mood =
  | 'normal'
  | 'refused'
  | 'error_503'
  | 'hangs'
  | 'rate_limited'
  | 'firewall_page'
  | 'unknown_code';

interface Key {
  secret: string;
  revoked: boolean;
  /** It was given a token since its secret was last changed. */
  proven: boolean;
  /** When it was last asked about, whatever the answer; epoch milliseconds. */
  askedAt: number | null;
}

const BODIES = {
  refused: { fail: [{ code: 'InvalidClientIdentifier', message: 'Client credentials are invalid' }] },
  unknownCode: { fail: [{ code: 'token_verification_failed', message: 'Unauthorized' }] },
  busy: { fail: [{ code: 'TooManyRequests', message: 'Rate limit exceeded' }] },
} as const;

/** So long a storm of 429 asks to be left alone. */
const RATE_LIMIT_RESET_MS = 5_000;

/** A Mimecast that knows the truth about each key and does what it is told; lean, so that the monitor has the machine. */
export class Gateway {
  mood: Mood = 'normal';
  exchanges = 0;
  readonly #keys = new Map<string, Key>();
  readonly #now: () => number;
  readonly #asked: (id: string, before: number | null, now: number) => void;
  #server: Server | null = null;
  #port = 0;

  /** `asked` is told of each exchange, with the time of the one before. */
  constructor(now: () => number, asked: (id: string, before: number | null, now: number) => void) {
    this.#now = now;
    this.#asked = asked;
  }

  get origin(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  key(id: string): Key {
    const key = this.#keys.get(id);
    if (!key) throw new RangeError(`there is no key ${id}`);
    return key;
  }

  addKey(id: string, secret: string): void {
    this.#keys.set(id, { secret, revoked: false, proven: false, askedAt: null });
  }

  /** From now on only the new secret is good. */
  rotate(id: string, secret: string): void {
    Object.assign(this.key(id), { secret, proven: false });
  }

  /** Listens, again at the same port when it did before. */
  async open(): Promise<void> {
    const server = createServer((request, response) => this.#handle(request, response));
    server.keepAliveTimeout = 600_000;
    server.listen(this.#port, '127.0.0.1');
    await once(server, 'listening');
    this.#port = (server.address() as AddressInfo).port;
    this.#server = server;
  }

  /** Refuses connections and breaks those that there are. */
  async close(): Promise<void> {
    const server = this.#server;
    this.#server = null;
    if (!server) return;
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
  }

  #handle(request: IncomingMessage, response: ServerResponse): void {
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => {
      const form = new URLSearchParams(body);
      this.#answer(form.get('client_id') ?? '', form.get('client_secret') ?? '', response);
    });
  }

  #answer(id: string, secret: string, response: ServerResponse): void {
    const key = this.#keys.get(id);
    const now = this.#now();
    this.exchanges += 1;
    if (key) {
      this.#asked(id, key.askedAt, now);
      key.askedAt = now;
    }
    switch (this.mood) {
      case 'refused':
      case 'hangs':
        return;
      case 'error_503':
        send(response, 503, null);
        return;
      case 'rate_limited':
        send(response, 429, BODIES.busy, { 'x-ratelimit-reset': String(RATE_LIMIT_RESET_MS) });
        return;
      case 'firewall_page':
        response.writeHead(403, { 'content-type': 'text/html' }).end('<!doctype html><h1>Access denied</h1>');
        return;
      case 'unknown_code':
        send(response, 401, BODIES.unknownCode);
        return;
      case 'normal':
        break;
      default:
        this.mood satisfies never;
    }
    if (!key || key.revoked || key.secret !== secret) {
      send(response, 401, BODIES.refused);
      return;
    }
    key.proven = true;
    const token = {
      access_token: `soak-${this.exchanges}`,
      token_type: 'Bearer',
      expires_in: 1_799,
      scope: '',
    };
    send(response, 200, token);
  }
}

function send(
  response: ServerResponse,
  status: number,
  body: object | null,
  headers: Readonly<Record<string, string>> = {},
): void {
  const type = body === null ? 'text/plain' : 'application/json';
  response.writeHead(status, { 'content-type': type, ...headers });
  response.end(body === null ? '' : JSON.stringify(body));
}
