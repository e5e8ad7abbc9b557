import type { Settings } from '../../src/alerts/channel-driver.ts';
import type { SendResult } from '../../src/domain/channel.ts';
import { Secret } from '../../src/domain/secret.ts';

/** What the suite over all channels has to know of one that sends over HTTP. */
export interface HttpCase {
  readonly transport: 'http';
  /** Settings that send to a receiver at `origin`, with every secret it can have. */
  readonly settings: (origin: string) => Settings;
  /** Parts of the settings that must never be seen again. */
  readonly secrets: readonly string[];
  /** What this vendor answers to a message it took. */
  readonly taken: Answer;
  /** The ids that it finds the message under then, by the names the receipt has for them. */
  readonly ids: Readonly<Record<string, string>>;
  /** Answers to a message it took that have a secret of the channel where the ids are. */
  readonly echo: (secret: string) => Answer;
  /** Whether that status is enough, whatever becomes of the body. */
  readonly statusDecides: boolean;
  /** Statuses that mean something else here than elsewhere. */
  readonly also: Readonly<Record<number, SendResult['kind']>>;
  /** 2xx answers with an error in the body, and what the vendor means by them. */
  readonly errorBodies: readonly (readonly [number, string, SendResult['kind']])[];
  /** The part of a request's body that ties the messages of one incident together. */
  readonly tie: (body: string) => unknown;
}

interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface OtherCase {
  readonly transport: 'smtp' | 'local';
}

const PAGE = '<!doctype html><title>Sign in</title>';

/** Finds an incident's id in the text of a message that only people read. */
const shownIncident = (body: string) =>
  /e1-[\w-]+?-\d+(?=[\s"\\]|$)/.exec(body.replaceAll('\\\\_', '_'))?.[0];

/** A new channel needs an entry here: the suite fails without it. */
export const CASES: Readonly<Record<string, HttpCase | OtherCase>> = {
  webhook: {
    transport: 'http',
    settings: (origin) => ({
      url: new Secret(`${origin.replace('//', '//us3r:P4SSW0RD@')}/hooks/T0KEN?key=K3YK3Y`),
      signingSecret: new Secret('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'),
    }),
    secrets: ['T0KEN', 'K3YK3Y', 'us3r', 'P4SSW0RD', 'MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'],
    taken: { status: 204, headers: { 'x-request-id': 'r-17' }, body: '' },
    ids: { request_id: 'r-17' },
    echo: (secret) => ({ status: 200, headers: { 'x-request-id': secret }, body: secret }),
    statusDecides: true,
    also: {},
    errorBodies: [[200, PAGE, 'delivered']],
    tie: (body) => (JSON.parse(body) as { incident: string }).incident,
  },
  slack: {
    transport: 'http',
    settings: (origin) => ({ url: new Secret(`${origin}/services/T00/B00/T0KEN`) }),
    secrets: ['T0KEN', 'services'],
    taken: { status: 200, headers: { 'x-slack-req-id': 's-17' }, body: 'ok' },
    ids: { slack_request_id: 's-17' },
    echo: (secret) => ({
      status: 200,
      headers: { 'x-slack-req-id': secret, 'x-request-id': secret },
      body: 'ok',
    }),
    statusDecides: false,
    also: {},
    errorBodies: [
      [200, 'invalid_payload', 'permanent'],
      [200, 'no_service', 'permanent'],
      [200, 'channel_is_archived', 'permanent'],
      [200, 'rollup_error', 'transient'],
      [200, 'rate_limited', 'transient'],
      [200, 'T0KEN is not ok', 'transient'],
      [200, '', 'transient'],
      [200, PAGE, 'transient'],
    ],
    tie: shownIncident,
  },
  teams: {
    transport: 'http',
    settings: (origin) => ({
      url: new Secret(`${origin}/workflows/abc/triggers/manual/paths/invoke?sig=T0KEN`),
    }),
    secrets: ['T0KEN', 'workflows'],
    taken: { status: 202, headers: { 'x-ms-workflow-run-id': '08585' }, body: '' },
    ids: { workflow_run_id: '08585' },
    echo: (secret) => ({ status: 202, headers: { 'x-ms-workflow-run-id': secret }, body: secret }),
    statusDecides: true,
    also: {},
    errorBodies: [
      [200, '1', 'delivered'],
      [
        200,
        'Webhook message delivery failed with error: Microsoft Teams endpoint returned HTTP error 429 with ContextId tcid=0,T0KEN',
        'transient',
      ],
      [
        200,
        'Webhook message delivery failed with error: Microsoft Teams endpoint returned HTTP error 503 with ContextId x',
        'transient',
      ],
      [
        200,
        'Webhook message delivery failed with error: Microsoft Teams endpoint returned HTTP error 413 with ContextId x',
        'permanent',
      ],
      [200, 'Webhook message delivery failed with error: T0KEN', 'transient'],
      [200, PAGE, 'transient'],
    ],
    tie: shownIncident,
  },
  pagerduty: {
    transport: 'http',
    settings: (origin) => ({
      routingKey: new Secret('R0UT1NGKEYR0UT1NGKEYR0UT1NGKEY12'),
      url: `${origin}/v2/enqueue`,
    }),
    secrets: ['R0UT1NGKEY', 'enqueue'],
    taken: { status: 202, body: '{"status":"success","message":"Event processed","dedup_key":"e1-17"}' },
    ids: { dedup_key: 'e1-17' },
    echo: (secret) => ({
      status: 202,
      body: JSON.stringify({ status: 'success', message: secret, dedup_key: secret }),
    }),
    statusDecides: false,
    also: {},
    errorBodies: [
      [200, '{"status":"invalid event","message":"R0UT1NGKEY","errors":["R0UT1NGKEY"]}', 'permanent'],
      [202, '{"status":"throttled","message":"x"}', 'permanent'],
      [202, '{"message":"x"}', 'transient'],
      [202, '', 'transient'],
      [202, '["success"]', 'transient'],
      [200, PAGE, 'transient'],
    ],
    tie: (body) => (JSON.parse(body) as { dedup_key: string }).dedup_key,
  },
  email: { transport: 'smtp' },
  alertmanager: {
    transport: 'http',
    settings: (origin) => ({ url: new Secret(`${origin.replace('//', '//us3r:P4SSW0RD@')}/prefix/`) }),
    secrets: ['us3r', 'P4SSW0RD', 'prefix'],
    taken: { status: 200, headers: { 'x-request-id': 'r-17' }, body: '' },
    ids: { request_id: 'r-17' },
    echo: (secret) => ({ status: 200, headers: { 'x-request-id': secret }, body: '' }),
    statusDecides: false,
    also: {},
    errorBodies: [
      [200, PAGE, 'transient'],
      [200, '{"status":"error"}', 'transient'],
    ],
    tie: (body) => (JSON.parse(body) as [{ labels: object }])[0].labels,
  },
  airmdr: {
    transport: 'http',
    settings: (origin) => ({
      token: new Secret('T0KENT0KEN'),
      organizationCode: 'ACME',
      alertType: 'credential-lost',
      userId: 'us3r-17',
      organizationId: '0rg-17',
      url: `${origin}/airmdrapi/alerts`,
    }),
    secrets: ['T0KEN', 'us3r-17', '0rg-17', 'airmdrapi'],
    taken: { status: 201, body: '{"alert_id":"ACME-MIMECAST-1","alert_uuid":"u-17"}' },
    ids: { alert_id: 'ACME-MIMECAST-1', alert_uuid: 'u-17' },
    echo: (secret) => ({
      status: 201,
      body: JSON.stringify({ alert_id: secret, alert_uuid: secret, x: secret }),
    }),
    statusDecides: true,
    also: { 409: 'delivered' },
    errorBodies: [
      [200, '{"alert_id":"ACME-MIMECAST-1"}', 'delivered'],
      [200, '{"message":"T0KEN has expired"}', 'transient'],
      [200, PAGE, 'transient'],
    ],
    tie: (body) =>
      (JSON.parse((JSON.parse(body) as { alert_content: string }).alert_content) as { incident: string })
        .incident,
  },
  log: { transport: 'local' },
};
