import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { SMTPServerOptions } from 'smtp-server';
import type { Settings } from '../../src/alerts/channel-driver.ts';
import { mailMessage } from '../../src/alerts/email/payload.ts';
import { sendEmail } from '../../src/alerts/email/send.ts';
import { mailServer } from '../../src/alerts/email/server.ts';
import type { SendResult } from '../../src/domain/channel.ts';
import { Secret } from '../../src/domain/secret.ts';
import { makeCertificate } from '../mimecast/certificate.ts';
import { parseMail, serveMail } from './mail-server.ts';
import { ALL, CONFIG_REJECTED, HOSTILE, HUGE, NOTIFICATION, OUTAGE, RESOLVED } from './notifications.ts';
import { contextOf } from './receiver.ts';

const authority = makeCertificate({ subject: 'company CA', authority: true });
const certificate = makeCertificate({ subject: 'mail', dnsNames: ['localhost'], issuer: authority });
const PASSWORD = 'p@ss:w/rd';
const LOGIN = `monitor:${encodeURIComponent(PASSWORD)}@`;

let folder: string;
let ca: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mcm-mail-'));
  ca = join(folder, 'ca.pem');
  await writeFile(ca, authority.cert);
});
afterAll(() => rm(folder, { recursive: true }));

/** A server that insists on TLS and on the password. */
const strict: SMTPServerOptions = {
  key: certificate.key,
  cert: certificate.cert,
  authOptional: false,
  onAuth: ({ username, password }, _session, done) =>
    username === 'monitor' && password === PASSWORD
      ? done(null, { user: username })
      : done(Object.assign(new Error('no'), { responseCode: 535 })),
};

function send(url: string, more: Settings = {}, notification = NOTIFICATION): Promise<SendResult> {
  const settings = {
    url: new Secret(url),
    from: 'Mimecast monitor <monitor@provider.example>',
    to: ['soc@acme.example', 'On call <oncall@acme.example>'],
    ...more,
  };
  return sendEmail(notification, settings, contextOf());
}

describe('a mail', () => {
  it('travels over STARTTLS with a password, to a server whose authority is given', async () => {
    const { port, mails } = await serveMail(strict);
    expect(await send(`smtp://${LOGIN}localhost:${port}`, { ca })).toMatchObject({ kind: 'delivered' });
    expect(mails).toHaveLength(1);
    expect(mails[0]).toMatchObject({
      from: 'monitor@provider.example',
      to: ['soc@acme.example', 'oncall@acme.example'],
      user: 'monitor',
      secure: true,
    });
  });

  it('travels over TLS from the start', async () => {
    const { port, mails } = await serveMail({ ...strict, secure: true });
    expect(await send(`smtps://${LOGIN}localhost:${port}`, { ca })).toMatchObject({ kind: 'delivered' });
    expect(mails[0]).toMatchObject({ user: 'monitor', secure: true });
  });

  it.each(['smtp', 'smtps'])(
    'and its password go to no server that nobody vouches for (%s)',
    async (scheme) => {
      let asked = false;
      const onAuth: SMTPServerOptions['onAuth'] = (_auth, _session, done) => {
        asked = true;
        done(null, { user: 'x' });
      };
      const { port, mails } = await serveMail({ ...strict, onAuth, secure: scheme === 'smtps' });
      const result = await send(`${scheme}://${LOGIN}localhost:${port}`);
      expect(result).toMatchObject({ kind: 'transient', reason: expect.stringMatching(/^sending failed/) });
      expect(asked).toBe(false);
      expect(mails).toEqual([]);
    },
  );

  it('goes to no server whose certificate is for another name', async () => {
    const { port, mails } = await serveMail({ ...strict, secure: true });
    const result = await send(`smtps://${LOGIN}127.0.0.1:${port}`, { ca });
    expect(result).toMatchObject({ kind: 'transient' });
    expect(mails).toEqual([]);
  });

  it('with a wrong password is given up, and the password stays unsaid', async () => {
    const { port } = await serveMail(strict);
    expect(await send(`smtp://monitor:hunter2@localhost:${port}`, { ca })).toMatchObject({
      kind: 'permanent',
      reason: 'the mail server answered 535',
    });
  });

  it('waits while the file of the authority can not be read', async () => {
    expect(await send('smtps://localhost:1', { ca: join(folder, 'absent.pem') })).toMatchObject({
      kind: 'transient',
      reason: 'the file of the configured ca can not be read',
      retryAfterMs: null,
    });
  });
});

describe('the way to a mail server', () => {
  it.each([
    [
      'smtps://mail.example',
      { host: 'mail.example', port: 465, secure: true, requireTLS: false, ignoreTLS: false },
    ],
    [
      'smtp://mail.example',
      { host: 'mail.example', port: 587, secure: false, requireTLS: true, ignoreTLS: false },
    ],
    [
      'smtp://u:p@mail.example:25',
      { port: 25, requireTLS: true, ignoreTLS: false, auth: { user: 'u', pass: 'p' } },
    ],
    [
      'smtp://u%40x:p%3Aq@127.0.0.1',
      { requireTLS: false, ignoreTLS: false, auth: { user: 'u@x', pass: 'p:q' } },
    ],
    ['smtp://127.0.0.1:25', { host: '127.0.0.1', requireTLS: false, ignoreTLS: true }],
    ['smtp://[::1]:25', { host: '::1', requireTLS: false, ignoreTLS: true }],
  ])('%s', (url, expected) => {
    expect(mailServer(url)).toMatchObject(expected);
  });
});

describe('what a mail says', () => {
  it.each(ALL)('arrives whole as text and as HTML: %s', async (_what, notification) => {
    const { port, mails } = await serveMail();
    expect(await send(`smtp://127.0.0.1:${port}`, {}, notification)).toMatchObject({ kind: 'delivered' });
    const { headers, parts } = parseMail(mails[0]?.raw ?? '');
    const { text, html } = mailMessage(notification, 'monitor@provider.example');
    expect(Object.keys(parts)).toEqual(['text/plain', 'text/html']);
    expect(parts['text/plain']?.replaceAll('\r\n', '\n').trim()).toBe(text.trim());
    expect(parts['text/html']?.replaceAll('\r\n', '\n').trim()).toBe(html.trim());
    expect(headers).toMatchObject({ 'auto-submitted': 'auto-generated', 'mime-version': '1.0' });
    for (const line of (mails[0]?.raw ?? '').split('\r\n')) expect(line.length).toBeLessThanOrEqual(998);
  });

  it('is what happened, what to do and what is known', () => {
    const { subject, text, urgent, date } = mailMessage(NOTIFICATION, 'monitor@provider.example');
    expect(subject).toBe(`CRITICAL: ${NOTIFICATION.summary}`);
    expect(text).toContain('What to do\nGenerate new keys.\nPut them in place.\n');
    expect(text).toContain(
      'Evidence: verdict rejected, HTTP 401, InvalidClientIdentifier, request req-17, 3 in a row\n',
    );
    expect(urgent).toBe(true);
    expect(date).toEqual(new Date('2026-06-01T12:00:00.000Z'));
    expect(mailMessage(RESOLVED, 'x@y.example')).toMatchObject({ urgent: false });
  });

  it('names the first connections of many and counts the rest', () => {
    expect(mailMessage(OUTAGE, 'x@y.example').text).toMatch(
      /^Affected: 1234 connections: .* and 1184 more$/m,
    );
    expect(mailMessage(CONFIG_REJECTED, 'x@y.example').text).not.toContain('Affected');
  });

  it('can not bring markup into HTML or lines into the head', () => {
    const { html, subject } = mailMessage(HOSTILE, 'x@y.example');
    expect(html).not.toContain('<script');
    expect(html).toContain('&lt;script&gt;alert(1)&lt;/script&gt; &amp;amp; &quot;x&quot; &#39;y&#39;');
    expect(subject).not.toMatch(/[\r\n]/);
    expect(mailMessage(HUGE, 'x@y.example').subject.length).toBeLessThanOrEqual(200);
  });

  it('has ids that a head can hold, whatever the incident is called', () => {
    const { messageId, thread } = mailMessage(
      { ...NOTIFICATION, id: 'a>\r\nb: c', incident: 'ü x' },
      'no address',
    );
    expect([messageId, thread]).toEqual([
      '<a___b__c@mimecast-credential-monitor.invalid>',
      '<__x@mimecast-credential-monitor.invalid>',
    ]);
  });
});
