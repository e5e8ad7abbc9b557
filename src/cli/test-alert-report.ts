import type { Failed, Receipt, SendFailure } from '../domain/channel.ts';
import { type Column, type Paint, printable, renderTable } from './table.ts';

/** How the test of one channel went. What can't be known is null. */
export interface ChannelTest {
  readonly channel: string;
  readonly type: string;
  readonly delivered: boolean;
  /** What the receiver said: of the test, or of its end where that is what failed. */
  readonly answer: Receipt | null;
  readonly failure: SendFailure | null;
  readonly reason: string | null;
  readonly nextStep: string | null;
}

/** A table of what was answered; below it, for each channel that failed, what to do. */
export function testAlertText(tests: readonly ChannelTest[], paint: Paint): string {
  const steps = tests.flatMap(({ channel, nextStep }) =>
    nextStep === null ? [] : [printable(`${channel}: ${nextStep}`)],
  );
  const table = renderTable(tests, COLUMNS, paint);
  return steps.length === 0 ? table : `${table}\n${steps.join('\n')}\n`;
}

const COLUMNS: readonly Column<ChannelTest>[] = [
  { title: 'CHANNEL', cell: ({ channel }) => channel },
  { title: 'TYPE', cell: ({ type }) => type },
  {
    title: 'RESULT',
    cell: ({ delivered }) => (delivered ? 'delivered' : 'failed'),
    tone: ({ delivered }) => (delivered ? 'good' : 'bad'),
  },
  { title: 'ANSWER', cell: answerText },
  { title: 'REASON', cell: ({ reason }) => reason },
];

function answerText({ answer }: ChannelTest): string {
  if (answer === null) return 'none';
  const { protocol, status, ids } = answer;
  if (protocol === null) return 'no receiver to answer';
  const code = status === null ? protocol.toUpperCase() : `${protocol.toUpperCase()} ${status}`;
  return [code, ...Object.entries(ids).map(([name, id]) => `${name} ${id}`)].join(', ');
}

/** What to do about a failure of a channel. */
export function nextStepOf({ failure, receipt }: Failed, channel: string): string {
  const options = `alerts.channels.${channel}`;
  switch (failure) {
    case 'misconfigured':
      return `mend ${options}; mimecast-monitor validate says what its references lack`;
    case 'unreachable':
      return `check that the address in ${options} is right and can be reached from here: name, port, firewall, proxy, certificate`;
    case 'unavailable':
      return 'nothing is wrong here as far as one can see: the receiver can not take messages now; real ones are sent again for a day';
    case 'unconfirmed':
      return `check that the address in ${options} is the receiver's own: a login page or a proxy may have answered in its place`;
    case 'refused':
      return receipt?.protocol === 'smtp' ? mailStep(receipt, options) : httpStep(receipt, options);
    default:
      return failure satisfies never;
  }
}

function httpStep(receipt: Receipt | null, options: string): string {
  const status = receipt?.status ?? 0;
  if (status === 401 || status === 403) {
    return `renew the credential in ${options} (a token, a key, or the secret part of its URL): it is wrong, was revoked, or may not post there`;
  }
  if (status === 404 || status === 410) {
    return `make a new webhook or integration at the receiver and put its address into ${options}: this one is not there any more`;
  }
  if (status >= 300 && status < 400) {
    return `put the address that it redirects to into ${options}: redirects are not followed`;
  }
  return `check that the type and the options of ${options} fit what listens at its address: it does not take this message`;
}

function mailStep({ status }: Receipt, options: string): string {
  return status !== null && [530, 534, 535, 538].includes(status)
    ? `correct the user name and password in the url of ${options}`
    : `check from and to of ${options}: the server does not take mail from or for these addresses`;
}
