import { describe, expect, it } from '@jest/globals';
import { valueMistake } from '../../src/domain/value-rule.ts';
import { RedisError } from '../../src/redis/redis-error.ts';
import { describeSentinels, isSentinelUrl, parseSentinelUrl } from '../../src/redis/sentinel-url.ts';

const FULL =
  'rediss+sentinel://acme:p%40ss@s1.example,[::1]:26380,s3.example:5000/acme-primary/3?sentinelUsername=who&sentinelPassword=hunter%232';

describe('parseSentinelUrl', () => {
  it('takes every part of a URL', () => {
    expect(parseSentinelUrl(FULL)).toEqual({
      sentinels: [
        { host: 's1.example', port: 26_379 },
        { host: '::1', port: 26_380 },
        { host: 's3.example', port: 5_000 },
      ],
      name: 'acme-primary',
      username: 'acme',
      password: 'p@ss',
      db: 3,
      tls: true,
      sentinelUsername: 'who',
      sentinelPassword: 'hunter#2',
    });
  });

  it('takes the least there is', () => {
    expect(parseSentinelUrl('redis+sentinel://localhost/mymaster')).toMatchObject({
      sentinels: [{ host: 'localhost', port: 26_379 }],
      name: 'mymaster',
      password: null,
      db: 0,
      tls: false,
      sentinelPassword: null,
    });
  });

  it.each([
    'redis+sentinel://:hunter2@localhost',
    'redis+sentinel://:hunter2@localhost/',
    'redis+sentinel://:hunter2@/name',
    'redis+sentinel://:hunter2@one,,two/name',
    'redis+sentinel://:hunter2@one:99999/name',
    'redis+sentinel://:hunter2@one/name/first',
    'redis+sentinel://:hunter2%zz@one/name',
    'redis+sentinel://:hunter2@one/name?password=hunter2',
  ])('refuses %j without repeating it', (url) => {
    const attempt = (): unknown => parseSentinelUrl(url);
    expect(isSentinelUrl(url)).toBe(true);
    expect(attempt).toThrow(RedisError);
    expect(attempt).toThrow(/^The Redis URL can't be used, [^\n]+: write redis\+sentinel:\/\//);
    expect(attempt).not.toThrow(/hunter2/);
  });
});

it('names the Sentinels without credentials', () => {
  const text = describeSentinels(parseSentinelUrl(FULL));
  expect(text).toBe('rediss+sentinel://s1.example:26379,[::1]:26380,s3.example:5000/acme-primary/3');
});

it('is among the URLs that a config may hold, with a name and not without', () => {
  expect(valueMistake(FULL, 'redis')).toBeNull();
  expect(valueMistake('redis+sentinel://one,two', 'redis')).toContain('redis+sentinel://host,host/name');
});
