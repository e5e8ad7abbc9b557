import { describe, expect, it } from '@jest/globals';
import { listenRefusal, parseListen } from '../../src/config/listen.ts';

describe('an address to listen on', () => {
  it.each([
    ['127.0.0.1:9464', { host: '127.0.0.1', port: 9464 }],
    ['localhost:0', { host: 'localhost', port: 0 }],
    ['[::1]:80', { host: '::1', port: 80 }],
    ['Monitor.example:65535', { host: 'monitor.example', port: 65_535 }],
  ])('reads %s', (text, listen) => {
    expect(parseListen(text)).toEqual(listen);
  });

  it.each([
    '',
    ':80',
    'localhost',
    'localhost:',
    'localhost:65536',
    '::1:80',
    'http://localhost:80',
    'a b:80',
  ])('refuses %j', (text) => {
    expect(parseListen(text)).toBeNull();
  });

  it.each(['127.0.0.1', '127.1.2.3', '::1', 'localhost'])('needs no token on %s', (host) => {
    expect(listenRefusal({ host, token: null, allowUnauthenticated: false })).toBeNull();
  });

  it.each(['0.0.0.0', '::', '10.0.0.1', 'monitor.example', '127.0.0.1.example'])(
    'needs a token or a plain word on %s',
    (host) => {
      expect(listenRefusal({ host, token: null, allowUnauthenticated: false })).toContain('http.token');
      expect(listenRefusal({ host, token: null, allowUnauthenticated: true })).toBeNull();
      expect(
        listenRefusal({ host, token: { kind: 'env', name: 'T' }, allowUnauthenticated: false }),
      ).toBeNull();
    },
  );
});
