import { audienceOfOne, channelsOf } from '../domain/audience.ts';
import type { Decision } from '../domain/decide.ts';
import type { MonitorEvent } from '../domain/event.ts';
import type { Parts } from './parts.ts';

/** Logs what was decided and why, and counts what was spared: the answers to "why was I not told?". */
export function reportDecision(decision: Decision, { logger, metrics, config }: Parts): void {
  for (const { event, reason } of decision.reasons) {
    // Most events are changes that concern nobody.
    const level = reason === 'nothing_open' ? 'debug' : 'info';
    logger[level]({ event: nameOf(event), reason }, 'decided on an event');
  }
  for (const { incident, reason } of decision.quiet) {
    const { id, kind, cause, severity, connection, group } = incident;
    const about = { incident: id, kind, cause, severity, connection: connection?.id ?? null, digest: group };
    logger.info({ ...about, reason }, 'nobody is told of an incident by itself');
    if (reason !== 'superseded') continue;
    const spared = channelsOf(audienceOfOne(incident, config.routing()));
    for (const channel of spared) metrics.notification(channel, 'superseded', null);
  }
  for (const { notification, channels } of decision.notifications) {
    const { id, incident, kind, cause, status, severity } = notification;
    logger.info(
      { notification: id, incident, kind, cause, status, severity, channels },
      'a notification is on its way',
    );
  }
}

function nameOf(event: MonitorEvent): object {
  const about = { type: event.type, connection: event.connection.id };
  switch (event.type) {
    case 'state':
      return { ...about, from: event.from, to: event.to, why: event.reason };
    case 'permission':
      return { ...about, from: event.from, to: event.to };
    case 'removed':
      return about;
    default:
      return event satisfies never;
  }
}
