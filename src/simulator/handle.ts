import type { IncomingMessage, ServerResponse } from 'node:http';
import { ADMIN_PREFIX, handleAdmin } from './admin.ts';
import { afterwards, failReply, rejection, send, sendToken } from './answers.ts';
import { isApiPath, readApiCall } from './api.ts';
import type { Key, KeyRing } from './keys.ts';
import type { Luck, Subject } from './subject.ts';
import { collectBody, readTokenRequest, refuseHead, tooLong } from './token-request.ts';
import type { TokenBook } from './tokens.ts';

const TOKEN_PATH = '/oauth/token';

/** Whose requests are answered, with what luck, and the tokens that were issued. */
export interface World {
  readonly ring: KeyRing;
  readonly luck: Luck;
  readonly tokens: TokenBook;
}

/** Answers one request, or conspicuously fails to. */
export function handle(request: IncomingMessage, response: ServerResponse, world: World): void {
  const url = request.url ?? '';
  if (url === TOKEN_PATH || url.startsWith(`${TOKEN_PATH}?`)) {
    handleToken(request, response, world);
  } else if (isApiPath(url)) {
    handleApi(request, response, world);
  } else if (url.startsWith(ADMIN_PREFIX)) {
    handleAdmin(request, response, world.ring);
  } else {
    const here = `Only ${TOKEN_PATH}, two calls of the API and ${ADMIN_PREFIX}keys are here`;
    send(response, failReply(404, 'not_found', here));
  }
}

/** Whether a call is permitted is decided by the key's behaviour; who calls without a good token does not get that far. */
function handleApi(request: IncomingMessage, response: ServerResponse, { luck, tokens }: World): void {
  readApiCall(request, tokens, (call) => {
    if (call.kind === 'reply') {
      send(response, call);
      return;
    }
    const { api } = call.key;
    api.count();
    act(response, api, luck, () => send(response, call.usual));
  });
}

function handleToken(request: IncomingMessage, response: ServerResponse, world: World): void {
  const { ring, luck, tokens } = world;
  const refused = refuseHead(request.method, request.headers['content-type']);
  if (refused !== null) {
    send(response, refused);
    return;
  }
  collectBody(request, (body) => {
    const asked = body === null ? tooLong() : readTokenRequest(body);
    if (asked.kind === 'reply') {
      send(response, asked);
      return;
    }
    const key = ring.find(asked.clientId);
    ring.gateway.count();
    key?.count();
    const issue = () => tokens.issue(key);
    const goOn = () => settle(response, key, asked.clientSecret, issue);
    if (ring.gateway.normal && key?.normal !== false) {
      goOn();
      return;
    }
    // Trouble of the whole gateway comes first; what it lets through meets the key's own.
    act(response, ring.gateway, luck, () => act(response, key, luck, goOn, issue), issue);
  });
}

/** Lets a gateway or a key behave as it was told, and goes on when that leaves the request alone. */
function act(
  response: ServerResponse,
  subject: Subject | undefined,
  luck: Luck,
  goOn: () => void,
  issue?: () => string,
): void {
  if (subject === undefined) {
    goOn();
    return;
  }
  const answer = subject.next(luck);
  if (answer.kind === 'usual') goOn();
  else if (answer.kind === 'late') afterwards(response, answer.delayMs, goOn);
  else send(response, answer, issue);
}

function settle(response: ServerResponse, key: Key | undefined, secret: string, issue: () => string): void {
  if (key?.accepts(secret) === true) sendToken(response, issue());
  else send(response, rejection());
}
