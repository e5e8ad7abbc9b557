import { describe, expect, it } from '@jest/globals';
import { remedyOf } from '../../src/cli/remedy.ts';
import { type CheckResult, VERDICTS } from '../../src/domain/verdict.ts';
import { US } from '../helpers/fleet.ts';

const CONTEXT = { gateway: US, timeoutMs: 10_000, keySource: 'client id: env ID; secret: env SECRET' };
const UNKNOWING = { gateway: US, timeoutMs: null, keySource: null };

function resultOf(verdict: CheckResult['verdict'], more: Partial<CheckResult> = {}): CheckResult {
  const nothing = { code: null, message: null, requestId: null, tokenLifetimeSeconds: null };
  return { verdict, httpStatus: null, retryAfterMs: null, ...nothing, ...more };
}

describe('remedyOf', () => {
  it.each(VERDICTS)('gives a reason and a next step for %s, with or without details', (verdict) => {
    for (const context of [CONTEXT, UNKNOWING]) {
      const { reason, nextStep } = remedyOf(resultOf(verdict), context);
      expect(reason).toMatch(/^\S.*\.$/);
      expect(nextStep).toMatch(/^\S.*\.$/);
      expect(reason + nextStep).not.toMatch(/null|undefined|NaN/);
    }
  });

  it('says what a rejection may be and names both paths in the console', () => {
    const { nextStep } = remedyOf(resultOf('rejected', { httpStatus: 401 }), CONTEXT);
    expect(nextStep).toMatch(/mistyped.*regenerated.*deleted.*30 minutes/);
    expect(nextStep).toContain('Integrations › Integrations Hub › Mimecast API 2.0');
    expect(nextStep).toContain('Administration › Services › API Applications');
    expect(nextStep).toContain('(client id: env ID; secret: env SECRET)');
  });

  it('names the API 2.0 gateways where the endpoint or the host name is wrong', () => {
    for (const result of [resultOf('wrong_endpoint'), resultOf('network_error', { code: 'ENOTFOUND' })]) {
      const { nextStep } = remedyOf(result, CONTEXT);
      expect(nextStep).toContain('https://api.services.mimecast.com');
      expect(nextStep).toContain('https://uk-api.services.mimecast.com');
      expect(nextStep).toContain('https://us-api.services.mimecast.com');
    }
  });

  it('names the config key that takes an unknown code of a 401 or a 403', () => {
    const words = (httpStatus: number) =>
      remedyOf(resultOf('auth_uncertain', { httpStatus, code: 'odd_code' }), CONTEXT).nextStep;
    expect(words(401)).toContain('add odd_code under checks.codes.rejected');
    expect(words(403)).toContain('add odd_code under checks.codes.forbidden');
  });

  it('tells how long a rate limit lasts', () => {
    const { nextStep } = remedyOf(
      resultOf('rate_limited', { httpStatus: 429, retryAfterMs: 1_500 }),
      CONTEXT,
    );
    expect(nextStep).toContain('Try again after 2 s.');
  });

  it('tells the meaning and the code of a transport failure', () => {
    const failure = { code: 'ECONNREFUSED', message: 'the connection was refused' };
    expect(remedyOf(resultOf('network_error', failure), CONTEXT).reason).toBe(
      `${US} could not be reached: the connection was refused (ECONNREFUSED).`,
    );
  });

  it("gives the secret source's own words", () => {
    const message = 'env ACME is not set; set it where the monitor is started';
    const { reason } = remedyOf(resultOf('secret_unavailable', { code: 'env_missing', message }), CONTEXT);
    expect(reason).toContain(message);
  });
});
