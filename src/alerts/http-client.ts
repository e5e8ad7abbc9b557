import { Agent, type Dispatcher, request } from 'undici';
import { proxyAgent } from '../outbound/proxy.ts';

const MOST_HEADER_BYTES = 16 * 1024;
/** What a receiver says fits in far less; whatever comes after it is not read. */
const MOST_BODY_BYTES = 16 * 1024;

export interface HttpMessage {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface HttpAnswer {
  readonly status: number;
  /** By their names in lower case; of a header that came twice the first. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** The beginning of the body, as much as arrived within the bounds. */
  readonly body: string;
  /** False when the body broke off, or went on beyond the bounds or the deadline. */
  readonly complete: boolean;
}

export interface HttpClient {
  /**
   * Posts a message; redirects are not followed. Throws an error of undici, whose message may hold the URL, when no
   * status arrived before `signal` ended the attempt.
   */
  post(url: URL, message: HttpMessage, signal: AbortSignal): Promise<HttpAnswer>;
  close(): Promise<void>;
}

/**
 * The one client of all channels. `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` of `env`, in either case, are honoured as
 * token requests do.
 */
export function createHttpClient(env: Readonly<Record<string, string | undefined>>): HttpClient {
  let agent: Dispatcher | null = null;
  return {
    async post(url, message, signal) {
      // Made at the first message: a proxy whose address is nonsense must fail a message and not the monitor.
      agent ??= createAgent(env);
      const { address, authorization } = takeCredentials(url);
      const headers = {
        'user-agent': 'mimecast-credential-monitor',
        ...authorization,
        ...message.headers,
      };
      const answer = await request(address, {
        method: 'POST',
        headers,
        body: message.body,
        signal,
        dispatcher: agent,
      });
      return {
        status: answer.statusCode,
        headers: firstOfEach(answer.headers),
        ...(await readBody(answer.body)),
      };
    },
    async close() {
      await agent?.destroy();
      agent = null;
    },
  };
}

function createAgent(env: Readonly<Record<string, string | undefined>>): Dispatcher {
  const common = {
    pipelining: 1,
    maxHeaderSize: MOST_HEADER_BYTES,
    // The deadline of each attempt ends these phases; undici's own timers are coarse.
    headersTimeout: 0,
    bodyTimeout: 0,
  };
  return proxyAgent(env, common) ?? new Agent(common);
}

/** undici leaves a name and password in the URL unused; they are meant as Basic credentials (RFC 7617). */
function takeCredentials(url: URL): { address: URL; authorization: { authorization?: string } } {
  if (url.username === '' && url.password === '') return { address: url, authorization: {} };
  const address = new URL(url);
  address.username = '';
  address.password = '';
  const pair = `${decoded(url.username)}:${decoded(url.password)}`;
  return { address, authorization: { authorization: `Basic ${Buffer.from(pair).toString('base64')}` } };
}

/** A stray percent sign means itself. */
export function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function firstOfEach(headers: Dispatcher.ResponseData['headers']): HttpAnswer['headers'] {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value[0] : value]),
  );
}

async function readBody(
  body: Dispatcher.ResponseData['body'],
): Promise<Pick<HttpAnswer, 'body' | 'complete'>> {
  const chunks: Buffer[] = [];
  let size = 0;
  let complete = true;
  try {
    for await (const chunk of body) {
      chunks.push(chunk as Buffer);
      size += (chunk as Buffer).length;
      if (size <= MOST_BODY_BYTES) continue;
      complete = false;
      break;
    }
  } catch {
    // The status has arrived and stands; the deadline or a broken connection only cost the rest of the body.
    complete = false;
  }
  return { body: Buffer.concat(chunks).subarray(0, MOST_BODY_BYTES).toString(), complete };
}
