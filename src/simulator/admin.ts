import type { IncomingMessage, ServerResponse } from 'node:http';
import { type FinalAnswer, jsonReply, type Reply, send } from './answers.ts';
import { isObject } from './behaviour-entry.ts';
import { BEHAVIOUR_KINDS, readBehaviour } from './behaviours.ts';
import { Key, type KeyRing } from './keys.ts';
import type { Subject } from './subject.ts';
import { collectBody, tooLong } from './token-request.ts';

export const ADMIN_PREFIX = '/admin/';

const KEYS = '/admin/keys';
const KEY = `${KEYS}/`;
const GATEWAY_PATH = '/admin/gateway';

/**
 * The route by which a person or another process tells the simulator how to misbehave. It shows client ids,
 * behaviours and counts, never a secret.
 */
export function handleAdmin(request: IncomingMessage, response: ServerResponse, ring: KeyRing): void {
  const path = (request.url ?? '').split('?', 1)[0] ?? '';
  if (path === KEYS) {
    send(response, request.method === 'GET' ? overview(ring) : wrongMethod('GET'));
    return;
  }
  const subject = findSubject(path, ring);
  if (subject === null) {
    send(response, problem(404, `there is no ${path.slice(0, 200)} here`));
    return;
  }
  if (request.method !== 'PUT') {
    send(response, wrongMethod('PUT'));
    return;
  }
  collectBody(request, (body) => send(response, body === null ? tooLong() : change(subject, body)));
}

/** The key or gateway a path names; null when it names nothing that exists. */
function findSubject(path: string, ring: KeyRing): Subject | null {
  if (path === GATEWAY_PATH) return ring.gateway;
  if (!path.startsWith(KEY)) return null;
  try {
    return ring.find(decodeURIComponent(path.slice(KEY.length))) ?? null;
  } catch (error) {
    // A broken percent-encoding cannot be the name of a key.
    if (error instanceof URIError) return null;
    throw error;
  }
}

function change(subject: Subject, body: string): FinalAnswer {
  const command = parse(body);
  if (!isObject(command)) return problem(400, 'the body is not a JSON object');
  const fields = Object.keys(command);
  const [field] = fields;
  if (fields.length !== 1 || (field !== 'behaviour' && field !== 'api' && field !== 'rotate')) {
    return problem(400, 'the body must hold one of behaviour, api and rotate, and nothing else');
  }
  if (field === 'rotate') return rotate(subject, command.rotate);
  const read = readBehaviour(command[field]);
  if (!read.ok) return problem(400, `${field}: ${read.problem}`);
  if (field === 'behaviour') subject.perform(read.performance);
  else if (subject instanceof Key) subject.api.perform(read.performance);
  else return problem(400, 'a gateway has no api behaviour; set it for each key');
  return jsonReply(200, show(subject));
}

function rotate(subject: Subject, secret: unknown): FinalAnswer {
  if (!(subject instanceof Key)) return problem(400, 'a gateway has no secret to rotate');
  if (typeof secret !== 'string' || secret === '' || secret.length > 1_024) {
    return problem(400, 'rotate: the new secret, a text of 1 to 1024 characters');
  }
  subject.rotate(secret);
  return jsonReply(200, show(subject));
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    // Not JSON is refused by the caller with a sentence that says what to send.
    return undefined;
  }
}

function overview(ring: KeyRing): Reply {
  return jsonReply(200, { gateway: show(ring.gateway), keys: Array.from(ring.all(), show) });
}

function show(subject: Subject): Readonly<Record<string, unknown>> {
  const { behaviour, exchanges } = subject;
  if (!(subject instanceof Key)) return { behaviour, exchanges };
  const { clientId, api } = subject;
  return { clientId, behaviour, exchanges, api: api.behaviour, calls: api.exchanges };
}

function wrongMethod(allow: string): Reply {
  const refused = problem(405, `the method here is ${allow}`);
  return { ...refused, headers: { ...refused.headers, allow } };
}

function problem(status: number, error: string): Reply {
  return jsonReply(status, {
    error,
    send: [
      `GET ${KEYS}`,
      `PUT ${KEY}{clientId} {"behaviour":{"kind":"revoked"}}`,
      `PUT ${KEY}{clientId} {"behaviour":{"kind":"status","status":503,"times":3}}`,
      `PUT ${KEY}{clientId} {"api":{"kind":"forbidden"}}`,
      `PUT ${KEY}{clientId} {"rotate":"the new secret"}`,
      `PUT ${GATEWAY_PATH} {"behaviour":{"kind":"stall"}}`,
    ],
    kinds: BEHAVIOUR_KINDS,
  });
}
