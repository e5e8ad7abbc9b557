import { lines, range, stacked } from './panels.ts';
import { AT_END, fleetWide, type When } from './promql.ts';

const OF = 'channel=~"$channel"';

export function jobsByState() {
  return stacked(
    {
      title: 'Jobs by state',
      description:
        'Jobs in all queues. Delayed ones wait for their time; wait and prioritized wait for a worker: growing, they ' +
        'mean that the workers do not keep up.',
      unit: 'short',
      empty: 'The queues could not be counted',
      span: 12,
      height: 8,
    },
    [range('A', fleetWide('state', 'mimecast_monitor_queue_jobs'), '{{state}}')],
  ).decimals(0);
}

export function jobsByQueue() {
  const waiting = (when: When) =>
    fleetWide('queue', `mimecast_monitor_queue_jobs{state=~"wait|prioritized"}${when}`);
  return lines(
    {
      title: 'Waiting for a worker, by queue',
      description:
        'Jobs whose time has come, in the ten queues that hold most of them at the end of the time range. gw-…-slots are the ' +
        'scheduled checks of a gateway, one job for all of a tenth of a second; gw- its re-checks and what was asked for; ' +
        'the others the messages of a channel.',
      unit: 'short',
      empty: 'The queues could not be counted',
      span: 12,
      height: 8,
    },
    [range('A', `${waiting('')} and on (queue) topk(10, ${waiting(AT_END)})`, '{{queue}}')],
  )
    .decimals(0)
    .min(0);
}

export function notifications() {
  return stacked(
    {
      title: 'Notifications',
      description:
        'Attempts and endings by channel. Retried: to be tried again. Given up: the message is lost to this channel. ' +
        'Superseded: it was over before it was told.',
      unit: 'short',
      empty: 'No notification was sent',
      span: 12,
      height: 8,
    },
    [
      range(
        'A',
        `sum by (channel, result) (increase(mimecast_notifications_total{${OF}}[$__rate_interval])) > 0`,
        '{{channel}}: {{result}}',
      ),
    ],
  ).decimals(0);
}

export function notificationDurations() {
  const buckets = `mimecast_notification_duration_seconds_bucket{${OF}}`;
  return lines(
    {
      title: 'Time a delivery took',
      description: '95 % of the attempts to deliver to each channel took at most this long.',
      unit: 's',
      empty: 'No notification was sent',
      span: 12,
      height: 8,
    },
    [
      range(
        'A',
        `histogram_quantile(0.95, sum by (le, channel) (rate(${buckets}[$__rate_interval]))) >= 0`,
        '{{channel}}',
      ),
    ],
  ).min(0);
}
