/** One hash tag for all, so that every script's keys share a cluster slot. */
export const KEY_PREFIX = 'mcm:{monitor}';

/** Every Redis key that is not BullMQ's, in one place. BullMQ's own stand under the same prefix. */
export const KEYS = {
  layout: `${KEY_PREFIX}:layout`,
  /** Made once per Redis; part of every incident id. */
  epoch: `${KEY_PREFIX}:epoch`,
  /** When a running monitor last found Redis emptied, epoch ms. */
  historyLostAt: `${KEY_PREFIX}:history-lost-at`,
  /** When all schedules fitted the config for the first time in this epoch, epoch ms. */
  firstReconciledAt: `${KEY_PREFIX}:first-reconciled-at`,
  fingerprintKey: `${KEY_PREFIX}:fingerprint-key`,
  /** Hash: connection id → record. */
  records: `${KEY_PREFIX}:records`,
  /** Hash: connection id → what looks at the whole fleet read of its record. Another shape needs another name. */
  summaries: `${KEY_PREFIX}:summaries`,
  /** How many saved checks got no usable answer. */
  unusableAnswers: `${KEY_PREFIX}:unusable-answers`,
  /** Hash: connection id → removed record. */
  tombstones: `${KEY_PREFIX}:tombstones`,
  /** List of events for the keeper, oldest first. */
  events: `${KEY_PREFIX}:events`,
  /** Sorted set: connection id → when its next quick check is due. */
  rechecks: `${KEY_PREFIX}:rechecks`,
  /** Hash: queue name → gateway origin, so that an abandoned queue is found. */
  gateways: `${KEY_PREFIX}:gateways`,
  /** Hash: incident id → incident that is open, or of whose end somebody has yet to be told. */
  incidents: `${KEY_PREFIX}:incidents`,
  /** Hash: connection id → how far the warnings before its declared expiry have come. */
  ladders: `${KEY_PREFIX}:ladders`,
  /** Hash: channel → since when its messages fail, as JSON. */
  failingChannels: `${KEY_PREFIX}:failing-channels`,
  /** Hash: incident → what became of its last message in each channel, as JSON. */
  deliveries: `${KEY_PREFIX}:deliveries`,
  /** Sorted set: incident → when that was last written, so that the old can be forgotten. */
  deliveryTimes: `${KEY_PREFIX}:delivery-times`,
  /** Sorted set of resolved incidents by the time of their end. */
  pastIncidents: `${KEY_PREFIX}:past-incidents`,
  /** Hash: silence id → silence. */
  silences: `${KEY_PREFIX}:silences`,
  /** Hash of the config that all schedules were last reconciled with. */
  reconciled: `${KEY_PREFIX}:reconciled`,
  /** Hash: process → when it last told of itself, and what. */
  processes: `${KEY_PREFIX}:processes`,
  /** The id of the keeper's latest commit. */
  commit: `${KEY_PREFIX}:commit`,
  /** The keeper's lease. */
  lease: `${KEY_PREFIX}:keeper`,
  /** Set of channels that have something to send or had once. */
  channels: `${KEY_PREFIX}:channels`,
} as const;

/** List: the latest changes of state of one connection, newest first. */
export function historyKey(id: string): string {
  return `${KEY_PREFIX}:history:${id}`;
}

/** Exists while the config of this hash may remove as many connections as it does. */
export function removalsKey(configHash: string): string {
  return `${KEY_PREFIX}:removals-allowed:${configHash}`;
}

/** List of one incident's messages to one channel, in the order to send them. */
export function outboxKey(channel: string, incident: string): string {
  return `${KEY_PREFIX}:outbox:${channel}:${incident}`;
}

/** Set of the incidents that have messages waiting for a channel. */
export function pendingKey(channel: string): string {
  return `${KEY_PREFIX}:pending:${channel}`;
}

/** Hash: incident → how often its first waiting message was tried, as JSON. */
export function attemptsKey(channel: string): string {
  return `${KEY_PREFIX}:attempts:${channel}`;
}

/** Set of the incidents of which a channel may have heard, and not yet of their end. */
export function heardKey(channel: string): string {
  return `${KEY_PREFIX}:heard:${channel}`;
}

/** List of messages that were given up, newest first. */
export function givenUpKey(channel: string): string {
  return `${KEY_PREFIX}:given-up:${channel}`;
}

/** When the next request to a gateway may be made, epoch ms by Redis' clock. */
export function paceKey(queue: string): string {
  return `${KEY_PREFIX}:pace:${queue}`;
}

/** Sorted set: connections that were rate-limited lately, by time. */
export function rateLimitedKey(queue: string): string {
  return `${KEY_PREFIX}:rate-limited:${queue}`;
}
