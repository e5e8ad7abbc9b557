import { describe, expect, it } from '@jest/globals';
import { mailReceipt } from '../../src/alerts/email/result.ts';
import { idIn, receipt, withoutSecrets } from '../../src/alerts/receipt.ts';
import { Secret } from '../../src/domain/secret.ts';

describe('an id of an answer', () => {
  it.each<[unknown, string | null]>([
    ['test-0a1b2c', 'test-0a1b2c'],
    [17, '17'],
    ['b4c1:AZ.9_=+@', 'b4c1:AZ.9_=+@'],
    ['a'.repeat(128), 'a'.repeat(128)],
    ['a'.repeat(129), null],
    ['', null],
    ['two words', null],
    ['https://hooks.example/T0KEN', null],
    ['\u001b[31mred', null],
    ['line\nbreak', null],
    ['{"a":1}', null],
    [{ id: 'x' }, null],
    [null, null],
    [undefined, null],
  ])('%p is told as %p', (value, told) => {
    expect(idIn(value)).toBe(told);
  });
});

describe('a receipt', () => {
  const given = (id: string) => receipt('http', 202, { request_id: id });
  const settings = {
    url: new Secret('https://us3r:P4SSW0RD@hooks.example/services/T0KEN-9?sig=S1GN4TURE'),
    organizationCode: 'ACME',
  };

  it.each(['T0KEN-9', 't0ken-9', 'x-P4SSW0RD-x', 'S1GN', 'us3r', 'services', 'ACME'])(
    'leaves out %p, which is a part of a secret or a setting',
    (id) => {
      expect(withoutSecrets(given(id), settings)).toEqual({ protocol: 'http', status: 202, ids: {} });
    },
  );

  it.each(['ACME-MIMECAST-1', 'test-0a1b2c', '42'])('keeps %p', (id) => {
    expect(withoutSecrets(given(id), settings).ids).toEqual({ request_id: id });
  });
});

describe('the receipt of a mail', () => {
  it.each<[string, number | null, string | null]>([
    ['250 2.0.0 Ok: queued as 4Fz1Yx2QzSz9s', 250, '4Fz1Yx2QzSz9s'],
    ['250 OK id=1rT3aB-0004xY-2k', 250, '1rT3aB-0004xY-2k'],
    ['250 2.0.0 41BMx3vR012345 Message accepted for delivery', 250, '41BMx3vR012345'],
    ['250 2.6.0 <a@b.example> [InternalId=4711, Hostname=mx.example] Queued mail for delivery', 250, '4711'],
    ['250 OK: message queued', 250, null],
    ['251-forwarded\r\n251 to soc@acme.example', 251, null],
    ['nonsense', null, null],
  ])('%p is told as %p and %p', (reply, status, queueId) => {
    const ids = queueId === null ? {} : { queue_id: queueId };
    expect(mailReceipt(reply)).toEqual({ protocol: 'smtp', status, ids });
  });
});
