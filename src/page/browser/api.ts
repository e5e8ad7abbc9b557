/** Why the monitor could not be asked, or what it said against it. */
export type Failure =
  | { readonly kind: 'unreachable' }
  | { readonly kind: 'unauthenticated' }
  | { readonly kind: 'refused'; readonly status: number; readonly detail: string };

export type Answer<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly failure: Failure };

/** A monitor that hangs is as good as one that is away. */
const DEADLINE_MS = 15_000;

interface Kept {
  readonly tag: string;
  readonly value: unknown;
}

/** The latest answer by path, so that nothing is sent twice that has not changed. */
const kept = new Map<string, Kept>();
const MOST_KEPT = 20;

/** How far the monitor's clock is ahead of this browser's, in milliseconds: "3m ago" is by the clock that noted it. */
let ahead = 0;

export function now(): number {
  return Date.now() + ahead;
}

/** The page as it came knows the monitor's time; every answer tells it again. */
export function setClock(monitorMs: number): void {
  const difference = monitorMs - Date.now();
  // The header knows only whole seconds, and an answer takes its time.
  if (Math.abs(difference - ahead) > 2_000) ahead = difference;
}

/** A GET of the API. `signal` calls it off, which rejects. */
export async function read<T>(path: string, signal?: AbortSignal): Promise<Answer<T>> {
  const known = kept.get(path);
  const headers: Record<string, string> = known ? { 'if-none-match': known.tag } : {};
  const answer = await ask(path, { headers }, signal);
  if (!answer.ok) return answer;
  if (answer.value.status === 304 && known) return { ok: true, value: known.value as T };
  const value = await bodyOf(answer.value, signal);
  if (value === undefined) return { ok: false, failure: { kind: 'unreachable' } };
  const tag = answer.value.headers.get('etag');
  kept.delete(path);
  if (tag !== null) kept.set(path, { tag, value });
  const [oldest] = kept.keys();
  if (kept.size > MOST_KEPT && oldest !== undefined) kept.delete(oldest);
  return { ok: true, value: value as T };
}

/** A POST or DELETE; what it answers with is not needed. */
export async function write(method: 'POST' | 'DELETE', path: string, body?: object): Promise<Answer<null>> {
  const request =
    body === undefined
      ? { method }
      : { method, body: JSON.stringify(body), headers: { 'content-type': 'application/json' } };
  const answer = await ask(path, request);
  return answer.ok ? { ok: true, value: null } : answer;
}

async function ask(path: string, request: RequestInit, signal?: AbortSignal): Promise<Answer<Response>> {
  const deadline = AbortSignal.timeout(DEADLINE_MS);
  let response: Response;
  try {
    response = await fetch(path, {
      ...request,
      cache: 'no-store',
      signal: signal ? AbortSignal.any([signal, deadline]) : deadline,
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    return { ok: false, failure: { kind: 'unreachable' } };
  }
  const date = Date.parse(response.headers.get('date') ?? '');
  if (!Number.isNaN(date)) setClock(date);
  if (response.ok || response.status === 304) return { ok: true, value: response };
  if (response.status === 401) return { ok: false, failure: { kind: 'unauthenticated' } };
  return { ok: false, failure: await refusalOf(response) };
}

/** Undefined when it broke off or is no JSON: something in between answered in the monitor's place. */
async function bodyOf(response: Response, signal?: AbortSignal): Promise<unknown> {
  try {
    return await response.json();
  } catch (error) {
    if (signal?.aborted) throw error;
    return undefined;
  }
}

async function refusalOf(response: Response): Promise<Failure> {
  const body = await bodyOf(response);
  const detail = typeof body === 'object' && body !== null && 'detail' in body ? String(body.detail) : '';
  const { status } = response;
  return { kind: 'refused', status, detail: detail === '' ? `The monitor answered with ${status}.` : detail };
}
