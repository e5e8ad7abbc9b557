import type { Incident, IncidentCause } from './incident.ts';
import { SOURCE_REMEDY } from './wording-source.ts';

/**
 * Where keys are made, in both consoles that readers may see (Mimecast article 34000360548755 and the older
 * path that onboarding guides name).
 */
const CONSOLE =
  'In the Mimecast Administration Console open Integrations › Integrations Hub › Mimecast API 2.0 (older consoles: ' +
  'Administration › Services › API Applications)';

const EVERYWHERE =
  'Put the new client id and secret where the config refers to (the monitor checks them by itself) and into every ' +
  'integration that uses these keys, for instance AirMDR (Integrations › Mimecast › Connections).';

const CAUSES: Readonly<Record<IncidentCause, string>> = {
  revoked:
    `${CONSOLE} and look at the application: was it deleted or disabled, or were its keys regenerated? If that was not ` +
    `meant, generate new keys; the secret is shown once. ${EVERYWHERE} If the keys work elsewhere, only the copy here ` +
    'is stale: replace it.',
  never_valid:
    'Compare the client id and the secret with what Mimecast showed when they were generated: usually one was cut off, ' +
    "has a space too many, or belongs to another application, or the region is not that of the customer's instance. A " +
    `new application needs 30 minutes before its keys work. If the secret is lost: ${CONSOLE} and generate new keys.`,
  expired: `${CONSOLE} and generate new keys. ${EVERYWHERE} Then update secretExpiresAt or secretIssuedAt in the config.`,
  forbidden:
    `The keys are right, but the application may not use the API. ${CONSOLE} and check that the application is ` +
    'enabled and that its role still has the permissions that the integration needs.',
};

const PERMISSION =
  `The keys are right: don't replace them. ${CONSOLE} and look at the role of the application: it needs the permission ` +
  'for the denied call (for /api/account/get-account that is Account | Dashboard | Read), and the application must have ' +
  'the product it belongs to. If it is not meant to be permitted, change or remove probe in the config.';

const NETWORK =
  'Check the network path from the monitor to the gateway (DNS, proxy, TLS inspection) and the Mimecast status page.';

/** What to do next, for what is known. */
export function remedyOf(incident: Incident): string {
  const { kind, cause } = incident;
  switch (kind) {
    case 'credential_invalid':
      return cause === null
        ? `${CONSOLE} and look at these applications; status shows the cause of each. ${EVERYWHERE}`
        : CAUSES[cause];
    case 'credential_unverifiable':
      return unverifiable(incident);
    case 'credential_expiring':
      return `${CONSOLE} and generate new keys. ${EVERYWHERE} Then update secretExpiresAt or secretIssuedAt in the config.`;
    case 'gateway_outage':
      return `Nothing, but patience: no key is concerned, checks go on, and what is still wrong afterwards is announced then. ${NETWORK}`;
    case 'mass_rejection':
      return (
        "Wait for the confirmation, unless you know of a change: so many at once are more often the gateway's mistake than " +
        'revocations. What is still refused afterwards is announced, at the latest in half an hour.'
      );
    case 'permission_lost':
      return PERMISSION;
    case 'config_rejected':
      return 'Run mimecast-monitor validate where the config file is, mend what it prints, and save the file.';
    case 'channel_failing':
      return 'Check the receiver and what alerts.channels says of it; mimecast-monitor test-alert tries it. What it did not refuse for good is sent when it works again, within a day.';
    default:
      return kind satisfies never;
  }
}

function unverifiable({ severity, evidence }: Incident): string {
  if (evidence?.verdict === 'secret_unavailable') return SOURCE_REMEDY;
  if (severity === 'critical' && evidence?.httpStatus === 401 && evidence.code !== null) {
    return (
      `The answers point at the keys, with a code this monitor does not know (${evidence.code}). ${CONSOLE} ` +
      'and check the application; if the keys were refused, add the code under checks.codes.rejected.'
    );
  }
  if (severity === 'critical') {
    return (
      'The last certain answer was a refusal, and nothing has confirmed or disproved it since. ' +
      `${NETWORK} ${CONSOLE} and check the application.`
    );
  }
  return `${NETWORK} The keys themselves may be fine.`;
}
