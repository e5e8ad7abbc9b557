import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { slackMessage } from '../../src/alerts/slack/payload.ts';
import { escapeMarkdown } from '../../src/alerts/teams/payload.ts';
import { cut, cutEscaped, oneLine } from '../../src/alerts/text.ts';
import { escapeHtml } from '../../src/domain/escape-html.ts';
import { NOTIFICATION } from './notifications.ts';

const escapes: [string, (text: string) => string][] = [
  ['nothing', (text) => text],
  ['HTML', escapeHtml],
  ['Markdown', escapeMarkdown],
];

/** Texts with what is hard to cut: escapes, pairs of surrogates and halves of them, white space. */
const hardText = fc
  .array(
    fc.constantFrom('a', 'word ', ' ', '\n', '<', '&', '"', '_', '😀', '\ud83d', '\ude00', '- ', '1. '),
    {
      maxLength: 120,
    },
  )
  .map((pieces) => pieces.join(''));

describe('a text that is cut', () => {
  it('is left alone when it fits', () => {
    expect(cut('fits', 4)).toBe('fits');
    expect(cut('', 0)).toBe('');
  });

  it('ends with an ellipsis, between two words where one is near', () => {
    expect(cut('the credentials were revoked', 20)).toBe('the credentials…');
    expect(cut('the credentials were revoked', 17)).toBe('the credentials…');
    expect(cut('the credentials were revoked', 14)).toBe('the credentia…');
    expect(cut('abcdefghij', 5)).toBe('abcd…');
  });

  it('is not torn inside a pair of surrogates', () => {
    expect(cut('😀😀😀', 4)).toBe('😀…');
    expect(cut('😀😀😀', 5)).toBe('😀😀…');
  });

  it('is not torn inside an escape sequence', () => {
    expect(cutEscaped('&&&&', 12, escapeHtml)).toBe('&amp;&amp;…');
    expect(cutEscaped('a&&', 9, escapeHtml)).toBe('a&amp;…');
  });

  it.each(escapes)('never is too long, torn or ill-formed when %s is escaped', (_what, escaped) => {
    fc.assert(
      fc.property(hardText, fc.integer({ min: 0, max: 150 }), (text, most) => {
        const shown = cutEscaped(text, most, escaped);
        expect(shown.length).toBeLessThanOrEqual(most);
        expect(shown).not.toMatch(/\p{Cs}/u);
        const whole = escaped(text.replace(/\p{Cs}/gu, '\u{fffd}'));
        if (whole.length <= most) expect(shown).toBe(whole);
        else if (shown !== '') expect(shown.endsWith('…')).toBe(true);
      }),
    );
  });

  it('keeps most of what fits', () => {
    const solid = fc.array(fc.constantFrom('a', '<', '😀'), { minLength: 100, maxLength: 150 });
    fc.assert(
      fc.property(solid, fc.integer({ min: 1, max: 99 }), (pieces, most) => {
        expect(cut(pieces.join(''), most).length).toBeGreaterThanOrEqual(most - 1);
      }),
    );
  });
});

describe('a text on one line', () => {
  it('holds no break and no control character', () => {
    expect(oneLine(' a\r\nb\tc\u0000d \n')).toBe('a b c d');
  });
});

describe('the limits of Slack', () => {
  it('hold for any texts', () => {
    const any = fc.string({ unit: 'binary', maxLength: 5_000 });
    fc.assert(
      fc.property(any, any, any, (summary, description, tenant) => {
        const connection = { id: 'acme', tenant, gateway: 'https://x.example', labels: { owner: tenant } };
        const { text, blocks } = slackMessage({ ...NOTIFICATION, summary, description, connection });
        expect(text.length).toBeLessThanOrEqual(3_000);
        for (const block of blocks) {
          if (block.type === 'header') expect(block.text.text.length).toBeLessThanOrEqual(150);
          if (block.type === 'section') expect(block.text.text.length).toBeLessThanOrEqual(3_000);
        }
      }),
      { numRuns: 50 },
    );
  });
});
