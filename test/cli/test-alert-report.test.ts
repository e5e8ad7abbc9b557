import { describe, expect, it } from '@jest/globals';
import { nextStepOf } from '../../src/cli/test-alert-report.ts';
import { type Receipt, SEND_FAILURES } from '../../src/domain/channel.ts';

const http = (status: number): Receipt => ({ protocol: 'http', status, ids: {} });
const smtp = (status: number): Receipt => ({ protocol: 'smtp', status, ids: {} });

describe('what to do about a channel that failed', () => {
  it.each<[Receipt, RegExp]>([
    [http(401), /^renew the credential in alerts\.channels\.soc /],
    [http(403), /^renew the credential/],
    [http(404), /^make a new webhook/],
    [http(410), /^make a new webhook/],
    [http(302), /redirects are not followed$/],
    [http(400), /^check that the type and the options of alerts\.channels\.soc fit/],
    [http(202), /^check that the type and the options/],
    [smtp(535), /^correct the user name and password/],
    [smtp(550), /^check from and to/],
  ])('that was refused with %j', (receipt, step) => {
    expect(nextStepOf({ failure: 'refused', reason: '', receipt }, 'soc')).toMatch(step);
  });

  it('differs for every way to fail', () => {
    const steps = SEND_FAILURES.map((failure) => nextStepOf({ failure, reason: '', receipt: null }, 'soc'));
    expect(new Set(steps).size).toBe(SEND_FAILURES.length);
    for (const step of steps) expect(step).not.toMatch(/\n|undefined|null/);
  });
});
