import { describe, expect, it } from '@jest/globals';
import { addressMistake, holdsPassword } from '../../src/domain/address.ts';

describe('an address', () => {
  it.each([
    ['https', 'https://hooks.example/T0KEN?x=1'],
    ['https', 'https://user:pass@hooks.example:8443/'],
    ['https', 'http://127.0.0.1:9093/x'],
    ['https', 'http://localhost/x'],
    ['https', 'http://[::1]:80/x'],
    ['http', 'http://alertmanager:9093'],
    ['http', 'https://alertmanager.example/prefix/'],
    ['smtp', 'smtps://user:pass@mail.example'],
    ['smtp', 'smtp://user:p%40ss@mail.example:587'],
    ['smtp', 'smtp://127.0.0.1:25/'],
    ['smtp', 'smtp://[::1]'],
    ['mailbox', 'soc@acme.example'],
    ['mailbox', 'Mimecast monitor <monitor@acme.example>'],
  ] as const)('for %s can be %s', (rule, text) => {
    expect(addressMistake(text, rule)).toBeNull();
  });

  it.each([
    ['https', 'http://hooks.example/T0KEN'],
    ['https', 'http://127.0.0.1.evil.example/'],
    ['https', 'https:// hooks.example'],
    ['https', ' https://hooks.example'],
    ['https', 'hooks.example'],
    ['https', ''],
    ['https', 'https://'],
    ['https', 'ftp://hooks.example'],
    ['https', 'ftp://localhost/hooks'],
    ['https', 'javascript:alert(1)'],
    ['http', 'smtp://alertmanager'],
    ['http', 'alertmanager:9093'],
    ['smtp', 'https://mail.example'],
    ['smtp', 'mail.example:587'],
    ['smtp', 'smtp://'],
    ['smtp', 'smtp://user@mail.example'],
    ['smtp', 'smtp://:pass@mail.example'],
    ['smtp', 'smtp://mail.example/?tls.rejectUnauthorized=false'],
    ['smtp', 'smtp://mail.example/x'],
    ['smtp', 'smtp://mail.example#x'],
    ['mailbox', 'soc'],
    ['mailbox', 'a@b@c'],
    ['mailbox', 'a@b, c@d'],
    ['mailbox', 'Monitor <monitor>'],
    ['mailbox', 'a@b\r\nBcc: c@d'],
    ['mailbox', 'x <a@b> <c@d>'],
  ] as const)('for %s can not be %p, and the reason shows nothing of it', (rule, text) => {
    const mistake = addressMistake(text, rule);
    expect(mistake).toMatch(/^must be /);
    expect(mistake).not.toMatch(/T0KEN|hooks|mail\.example|evil|alertmanager/);
  });

  it('with a password is a secret', () => {
    expect(holdsPassword('smtp://user:pass@mail.example')).toBe(true);
    expect(holdsPassword('https://hooks.example/T0KEN')).toBe(false);
    expect(holdsPassword('not a url')).toBe(false);
  });
});
