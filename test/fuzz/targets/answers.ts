import assert from 'node:assert/strict';
import fc from 'fast-check';
import { classify, type GatewayAnswer } from '../../../src/domain/classify.ts';
import { classifyProbe } from '../../../src/domain/classify-probe.ts';
import { redactor } from '../../../src/domain/redact.ts';
import { Secret } from '../../../src/domain/secret.ts';
import { VERDICTS } from '../../../src/domain/verdict.ts';
import { hold } from '../hold.ts';
import { changed } from '../mutate.ts';
import { assertNoSecret, corpus, SECRET } from '../secret.ts';
import type { Target } from '../target.ts';

const codes = { rejected: ['err_gone'], forbidden: [], expired: ['err_old'] };
const redact = redactor([new Secret('the-client-id'), new Secret(SECRET)]);

const bytes = fc
  .tuple(changed(corpus('answers')), fc.option(fc.nat(9_999)))
  .map(([body, at]) => (at === null ? body : echoing(body, at)));

/** A gateway that tells what it was sent, somewhere in its answer. */
function echoing(body: Uint8Array, at: number): Uint8Array {
  const place = Math.floor((at / 10_000) * body.length);
  return Buffer.concat([body.subarray(0, place), Buffer.from(SECRET), body.subarray(place)]);
}

const header = fc.oneof(
  fc.constantFrom(undefined, SECRET, `Bearer ${SECRET}`, '-1', '1e9', 'Wed, 21 Oct 2099 07:28:00 GMT'),
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc.array(fc.string({ maxLength: 60 }), { maxLength: 3 }),
);
const NAMES = [
  'retry-after',
  'x-ratelimit-reset',
  'x-request-id',
  'content-type',
  'location',
  'x-ratelimit-remaining',
];

const answer: fc.Arbitrary<GatewayAnswer> = fc.record({
  kind: fc.constant('answer' as const),
  status: fc.oneof(
    fc.constantFrom(200, 302, 400, 401, 403, 404, 418, 429, 500),
    fc.integer({ min: -1, max: 1_000 }),
  ),
  headers: fc.dictionary(fc.oneof(fc.constantFrom(...NAMES), fc.string({ maxLength: 20 })), header, {
    maxKeys: 6,
  }),
  body: fc.oneof({ weight: 9, arbitrary: bytes }, { weight: 1, arbitrary: pathological() }),
  oversized: fc.boolean(),
});

function pathological(): fc.Arbitrary<Uint8Array> {
  const piece = fc.constantFrom('[', '{"a":', '"', '[[]', '\\', ' ', '<', '{"fail":[', '\u202e', '0');
  return fc
    .tuple(piece, fc.integer({ min: 1, max: 30_000 }))
    .map(([text, times]) => Buffer.from(text.repeat(times)));
}

/** What gateways answer: `classify` and the permission probe's counterpart are total and tell no secret. */
export const answers: Target = {
  name: 'answers',
  share: 10,
  async run({ cases, seed, begin }) {
    const property = fc.property(fc.tuple(answer, fc.integer({ min: 0, max: 4e12 })), ([outcome, now]) => {
      begin();
      const result = classify(outcome, { codes, now, redact });
      assert.ok(VERDICTS.includes(result.verdict));
      assertNoSecret(JSON.stringify(result), 'by a verdict');
      assertNoSecret(JSON.stringify(classifyProbe(outcome, { forbidden: [], redact })), 'by a probe');
    });
    await hold(property, { cases, seed });
  },
};
