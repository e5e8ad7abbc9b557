import {
  AnnotationQueryBuilder,
  DashboardBuilder,
  RowBuilder,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { finish } from './links.ts';
import { byVerdict, durations, latencyMap, lateness, throughput } from './monitor-checks.ts';
import { configs, lateChecks, processes, redis, reloadAge, reloads } from './monitor-health.ts';
import { cpu, eventLoop, garbage, memory, processTable } from './monitor-process.ts';
import { jobsByQueue, jobsByState, notificationDurations, notifications } from './monitor-queues.ts';
import { channel, checkWindow, datasource, gateway, PROMETHEUS, statusPage } from './variables.ts';

/** How the monitor itself is. */
export function monitor(): DashboardBuilder {
  const builder = new DashboardBuilder('Mimecast credentials / Monitor')
    .description(
      'Whether the monitor itself is well: punctual checks, short queues, delivered notifications.',
    )
    .time({ from: 'now-3h', to: 'now' })
    .variables([datasource(), gateway('mimecast_checks_total'), channel(), statusPage(), checkWindow()])
    .annotations([
      annotation('Config refused', 'red', '1 - min(mimecast_monitor_config_last_reload_successful)'),
      annotation('Redis away', 'orange', '1 - min(mimecast_monitor_redis_up)'),
      annotation(
        'Config accepted',
        'blue',
        'max(mimecast_monitor_config_last_reload_success_timestamp_seconds) * 1000',
      ).useValueForTime(true),
    ])
    .withPanel(redis())
    .withPanel(reloads())
    .withPanel(configs())
    .withPanel(reloadAge())
    .withPanel(processes())
    .withPanel(lateChecks())
    .withRow(new RowBuilder('Checks'))
    .withPanel(lateness())
    .withPanel(throughput())
    .withPanel(byVerdict())
    .withPanel(latencyMap())
    .withPanel(durations())
    .withRow(new RowBuilder('Queues and notifications'))
    .withPanel(jobsByState())
    .withPanel(jobsByQueue())
    .withPanel(notifications())
    .withPanel(notificationDurations())
    .withRow(new RowBuilder('Processes'))
    .withPanel(processTable())
    .withPanel(memory())
    .withPanel(cpu())
    .withPanel(eventLoop())
    .withPanel(garbage());
  return finish(builder, 'monitor');
}

function annotation(name: string, color: string, expr: string) {
  return new AnnotationQueryBuilder()
    .name(name)
    .datasource({ ...PROMETHEUS })
    .enable(true)
    .iconColor(color)
    .expr(expr)
    .step('30s')
    .titleFormat(name);
}
