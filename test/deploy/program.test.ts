import { describe, expect, it } from '@jest/globals';
import { environmentNames, longestTeardownMs, parsedByProgram, processPaths } from './program.ts';

describe('what the files of a deployment are held against', () => {
  it('is the real program: it knows its flags and refuses others', () => {
    expect(parsedByProgram(['start', '--role', 'worker', '--listen', '0.0.0.0:9464'])).toMatchObject({
      command: 'start',
      role: 'worker',
      listen: '0.0.0.0:9464',
    });
    expect(() => parsedByProgram(['start', '--role', 'keeper'])).toThrow(/role/);
    expect(() => parsedByProgram(['start', '--port', '1'])).toThrow(/unknown option/);
    expect(() => parsedByProgram(['begin'])).toThrow();
  });

  it('holds the environment variables that the sources look at', () => {
    const names = environmentNames();
    for (const name of ['REDIS_URL', 'LOG_LEVEL', 'MIMECAST_MONITOR_CONFIG', 'HTTPS_PROXY', 'NO_PROXY']) {
      expect(names).toContain(name);
    }
    expect(names).not.toContain('REDIS_HOST');
  });

  it('holds the paths that every process serves', () => {
    expect([...processPaths()].sort()).toEqual(['/healthz', '/metrics', '/readyz']);
  });

  it('holds the sum of what the parts may take to end', () => {
    // Thirteen parts of 5 s, 12 s or 15 s: a sum that is far off was read wrongly.
    expect(longestTeardownMs()).toBeGreaterThan(80_000);
    expect(longestTeardownMs()).toBeLessThan(120_000);
  });
});
