import { describe, expect, it } from '@jest/globals';
import { mayBeShown } from '../../src/domain/shown-name.ts';

describe('a name in a message', () => {
  it.each([
    'tennant',
    'client secret',
    'label.tier',
    'acme-siem-2024',
    'notificationChannels',
    'soc2',
    'Größe',
    '',
  ])('may be %j', (name) => {
    expect(mayBeShown(name)).toBe(true);
  });

  it.each([
    'smtps://monitor:hunter2@mail.example',
    'monitor:hunter2@mail.example',
    'Zt9qMarkerOfASecret4vX',
    'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
    'a key of a4c1f09aa27be31d',
  ])('may not be %j, which could be a secret', (name) => {
    expect(mayBeShown(name)).toBe(false);
  });
});
