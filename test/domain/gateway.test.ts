import { describe, expect, it } from '@jest/globals';
import { api2OriginOf, gatewayOrigin, isLoopback, REGIONS } from '../../src/domain/gateway.ts';

describe('a gateway', () => {
  it.each([
    ['https://us-api.services.mimecast.com', 'https://us-api.services.mimecast.com'],
    ['https://US-API.services.mimecast.com:443/', 'https://us-api.services.mimecast.com'],
    ['https://proxy.example:8443', 'https://proxy.example:8443'],
    ['http://localhost:8080', 'http://localhost:8080'],
    ['http://127.0.0.1', 'http://127.0.0.1'],
    ['http://[::1]:80', 'http://[::1]'],
  ])('%s is named %s', (url, origin) => {
    expect(gatewayOrigin(url, ['proxy.example'])).toEqual({ ok: true, origin });
  });

  it.each([
    ['us-api.services.mimecast.com', 'not_a_url'],
    ['https://us-api.services.mime\ncast.com', 'not_a_url'],
    ['ftp://us-api.services.mimecast.com', 'scheme'],
    ['https://user@us-api.services.mimecast.com', 'credentials'],
    ['https://us-api.services.mimecast.com/oauth/token', 'path'],
    ['https://us-api.services.mimecast.com?', 'path'],
    ['https://us-api.services.mimecast.com#a', 'path'],
    ['https://us-api.mimecast.com', 'api_1_host'],
    ['https://services.mimecast.com.example', 'foreign_host'],
    ['https://evilservices.mimecast.com', 'foreign_host'],
    ['https://proxy.example.org', 'foreign_host'],
    ['https://sub.proxy.example', 'foreign_host'],
    ['http://us-api.services.mimecast.com', 'plain_http'],
    ['http://proxy.example', 'plain_http'],
    ['http://127.0.0.1.example', 'foreign_host'],
  ])('%j is refused: %s', (url, reason) => {
    expect(gatewayOrigin(url, ['proxy.example'])).toMatchObject({ ok: false, reason });
  });

  it.each(['us', 'eu', 'de', 'au', 'za', 'ca', 'usb', 'je'])('knows the API 1.0 host of %s', (region) => {
    const host = `${region}-api.mimecast.com`;
    expect(api2OriginOf(host)).toBe(region === 'us' ? REGIONS.us : REGIONS.global);
    expect(gatewayOrigin(`https://${host}/api`, [])).toMatchObject({ ok: false });
  });

  it('takes only this machine for loopback', () => {
    expect(['localhost', '127.0.0.1', '127.9.9.9', '127.10.200.30', '[::1]', '::1'].every(isLoopback)).toBe(
      true,
    );
    expect(['localhost.example', 'x127.0.0.1', '128.0.0.1', '0.0.0.0', '::', ''].some(isLoopback)).toBe(
      false,
    );
  });
});
