import {
  type DashboardBuilder,
  DashboardLinkBuilder,
  DashboardLinkType,
} from '@grafana/grafana-foundation-sdk/dashboard';

export const UIDS = {
  fleet: 'mimecast-fleet',
  connection: 'mimecast-connection',
  monitor: 'mimecast-monitor',
} as const;

const TITLES = { fleet: 'Fleet', connection: 'Connection', monitor: 'Monitor' } as const;

/** What the dashboards have in common, their links among them. */
export function finish(builder: DashboardBuilder, name: keyof typeof UIDS): DashboardBuilder {
  const others = (['fleet', 'connection', 'monitor'] as const).filter((other) => other !== name);
  builder
    .uid(UIDS[name])
    .tags(['mimecast-credentials'])
    .timezone('browser')
    .refresh('30s')
    // Changes are made in the sources: one made in the browser would be gone after the next update.
    .readonly();
  for (const other of others) {
    builder.link(
      new DashboardLinkBuilder(TITLES[other])
        .type(DashboardLinkType.Link)
        .icon('dashboard')
        .url(`/d/${UIDS[other]}`)
        .keepTime(true)
        .includeVars(true),
    );
  }
  return builder.link(
    new DashboardLinkBuilder('Status page')
      .type(DashboardLinkType.Link)
      .icon('external link')
      .tooltip("The monitor's own page: details, history, silences.")
      .url(`\${status_page:raw}/`)
      .targetBlank(true),
  );
}

/** From a row of a table to the connection in that row. */
export const TO_CONNECTION = {
  title: 'Look at this connection',
  url: [
    `/d/${UIDS.connection}?\${__url_time_range}`,
    `\${datasource:queryparam}`,
    `\${status_page:queryparam}`,
    `var-tenant=\${__data.fields.Tenant:percentencode}`,
    `var-connection=\${__data.fields.Connection:percentencode}`,
  ].join('&'),
} as const;

export const TO_STATUS_PAGE = {
  title: 'Open the status page',
  url: `\${status_page:raw}/`,
  targetBlank: true,
} as const;

/** From a row of a table to the checks of the gateway in that row. */
export const TO_MONITOR = {
  title: 'Look at the checks of this gateway',
  url: [
    `/d/${UIDS.monitor}?\${__url_time_range}`,
    `\${datasource:queryparam}`,
    `\${status_page:queryparam}`,
    `var-gateway=\${__data.fields.Gateway:percentencode}`,
  ].join('&'),
} as const;
