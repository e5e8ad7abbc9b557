import { rootCertificates } from 'node:tls';
import { Agent, request } from 'undici';
import { z } from 'zod';
import type { Secret } from '../domain/secret.ts';
import type { MonitorAddress } from './monitor-address.ts';
import {
  connectionsAnswer,
  incidentsAnswer,
  problemAnswer,
  type ReloadDifference,
  type ReportedConnection,
  type ReportedIncident,
  type ReportedSilence,
  reloadAnswer,
  silenceAnswer,
  silencesAnswer,
} from './monitor-answers.ts';

export type MonitorClientErrorCode = 'unreachable' | 'unauthorized' | 'not_a_monitor' | 'refused';

/** A running monitor could not be asked; the message is one line that says what to do. */
export class MonitorClientError extends Error {
  override readonly name = 'MonitorClientError';
  readonly code: MonitorClientErrorCode;

  constructor(code: MonitorClientErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

export type ReloadAnswer =
  | { readonly kind: 'reloaded'; readonly difference: ReloadDifference }
  /** One line for each mistake in the config. */
  | { readonly kind: 'rejected'; readonly issues: readonly string[] };

/** Asks a running monitor over HTTP. Every method throws MonitorClientError. */
export interface MonitorClient {
  connections(): Promise<readonly ReportedConnection[]>;
  /** The open ones. */
  incidents(): Promise<readonly ReportedIncident[]>;
  reload(allowRemovals: boolean): Promise<ReloadAnswer>;
  silences(statuses: readonly string[]): Promise<readonly ReportedSilence[]>;
  /** `body` as the API takes it; what the monitor finds wrong with it is the message of the error. */
  addSilence(body: object): Promise<ReportedSilence>;
  removeSilence(id: string): Promise<void>;
  close(): Promise<void>;
}

const CONNECT_TIMEOUT_MS = 5_000;
/** A reload reads every file again before it answers: 100,000 connections in YAML take several seconds. */
const ANSWER_TIMEOUT_MS = 60_000;

export function createMonitorClient(address: MonitorAddress): MonitorClient {
  const { certificate } = address;
  const agent = new Agent({
    connect: {
      timeout: CONNECT_TIMEOUT_MS,
      ...(certificate === null ? {} : { ca: [certificate, ...rootCertificates] }),
    },
    headersTimeout: ANSWER_TIMEOUT_MS,
    bodyTimeout: ANSWER_TIMEOUT_MS,
  });
  const ask = (method: Method, path: string, body?: object) =>
    exchange(address, agent, { method, path, ...(body && { body }) });
  return {
    async connections() {
      const answer = await ask('GET', 'api/v1/connections');
      return expected(address, answer, connectionsAnswer).connections;
    },
    async incidents() {
      return expected(address, await ask('GET', 'api/v1/incidents'), incidentsAnswer).incidents;
    },
    async reload(allowRemovals) {
      const answer = await ask('POST', `api/v1/reload?allowRemovals=${allowRemovals}`);
      if (answer.status !== 422) {
        return { kind: 'reloaded', difference: expected(address, answer, reloadAnswer) };
      }
      const { detail, issues } = understood(address, answer, problemAnswer);
      return { kind: 'rejected', issues: issues.length === 0 ? [detail] : issues };
    },
    async silences(statuses) {
      const query = new URLSearchParams(statuses.map((status): [string, string] => ['status', status]));
      const answer = await ask('GET', `api/v1/silences?${query}`);
      return expected(address, answer, silencesAnswer).silences;
    },
    async addSilence(body) {
      return expected(address, await ask('POST', 'api/v1/silences', body), silenceAnswer);
    },
    async removeSilence(id) {
      const answer = await ask('DELETE', `api/v1/silences/${encodeURIComponent(id)}`);
      if (answer.status !== 204) expected(address, answer, z.never());
    },
    close: () => agent.close(),
  };
}

interface RawAnswer {
  readonly status: number;
  readonly text: string;
}

type Method = 'GET' | 'POST' | 'DELETE';

async function exchange(
  { url, token }: MonitorAddress,
  dispatcher: Agent,
  { method, path, body }: { readonly method: Method; readonly path: string; readonly body?: object },
): Promise<RawAnswer> {
  const headers: Record<string, string> = { accept: 'application/json' };
  if (token) headers['authorization'] = basic(token);
  if (body) headers['content-type'] = 'application/json';
  try {
    const sent = { method, headers, dispatcher, ...(body && { body: JSON.stringify(body) }) };
    const answer = await request(new URL(path, url), sent);
    return { status: answer.statusCode, text: await answer.body.text() };
  } catch (error) {
    const code =
      typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : 'no code';
    throw new MonitorClientError(
      'unreachable',
      `no monitor answers at ${url} (${code}): start one with mimecast-monitor start, or say where it is with --url`,
    );
  }
}

/** As the password of Basic, since a Bearer token can't hold every character that a secret may have. */
function basic(token: Secret): string {
  return `Basic ${Buffer.from(`mimecast-monitor:${token.reveal()}`).toString('base64')}`;
}

/** The body of a good answer; anything else ends in the error that tells why. */
function expected<T extends z.ZodType>(address: MonitorAddress, answer: RawAnswer, shape: T): z.infer<T> {
  const { url, token } = address;
  if (answer.status === 200 || answer.status === 201) return understood(address, answer, shape);
  if (answer.status === 401) {
    const what = token === null ? 'asks for its token' : 'does not take this token';
    throw new MonitorClientError(
      'unauthorized',
      `the monitor at ${url} ${what}: give it with --token, or set http.token in the config`,
    );
  }
  if (answer.status === 404) {
    throw new MonitorClientError(
      'not_a_monitor',
      `${url} has no API: a process of role worker has none; name one of role all with --url`,
    );
  }
  const problem = understood(address, answer, problemAnswer);
  // What is wrong with the request is for whoever made it; anything else is the monitor's trouble.
  const mistake = answer.status >= 400 && answer.status < 500;
  const prefix = mistake ? '' : `the monitor at ${url} answered ${answer.status}: `;
  throw new MonitorClientError('refused', `${prefix}${mistake ? mistakeLine(problem) : problem.detail}`);
}

/** The sentences of a problem document, as an error of the command line is worded. */
function mistakeLine({ detail, issues }: z.infer<typeof problemAnswer>): string {
  const text = issues.length === 0 ? detail : issues.join('; ');
  return `${text.charAt(0).toLowerCase()}${text.slice(1)}`.replace(/\.$/, '');
}

function understood<T extends z.ZodType>(
  { url }: MonitorAddress,
  { status, text }: RawAnswer,
  shape: T,
): z.infer<T> {
  const parsed = shape.safeParse(parseJson(text));
  if (parsed.success) return parsed.data;
  throw new MonitorClientError(
    'not_a_monitor',
    `what answers at ${url} (HTTP ${status}) is no monitor of this version: say where it is with --url`,
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    // Whatever is not JSON fits no shape, and is refused there.
    return undefined;
  }
}
