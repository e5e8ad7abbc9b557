import { describe, expect, it } from '@jest/globals';
import { copiesOf, fits, listOfImage as list, ofImage, readStages, sentFiles, stage } from './image.ts';
import { environmentNames, parsedByProgram, readText, VERSION } from './program.ts';

describe('the Dockerfile', () => {
  it('begins every stage with the same pinned image of a Node that package.json allows', () => {
    const bases = new Set(readStages().map(({ base }) => base));
    expect([...bases]).toEqual([
      expect.stringMatching(/^node:24\.\d+\.\d+-[a-z]+-slim(@sha256:[0-9a-f]{64})?$/),
    ]);
    expect(ofImage('LABEL')).toContain(`base.name="docker.io/library/${[...bases][0]?.split('@')[0]}"`);
  });

  it('copies only what is there and what .dockerignore lets through', () => {
    const sent = sentFiles();
    for (const one of readStages()) {
      for (const { from, sources } of copiesOf(one)) {
        if (from !== null) {
          expect(stage(from).name).toBe(from);
          continue;
        }
        for (const source of sources) {
          expect([source, sent.some((file) => fits(file, source))]).toEqual([source, true]);
        }
      }
    }
  });

  it('sends the builder no test, no config, no secret and no history', () => {
    const folders = new Set(sentFiles().map((file) => file.split('/')[0]));
    expect([...folders].sort()).toEqual(
      [
        '.npmrc',
        'LICENSE',
        'bin',
        'package-lock.json',
        'package.json',
        'scripts',
        'src',
        'tsconfig.build.json',
        'tsconfig.json',
        'tsconfig.page.json',
      ].sort(),
    );
  });

  it('says of the image what package.json says of the program', () => {
    const { description, license } = JSON.parse(readText('package.json')) as Record<string, string>;
    expect(stage('').instructions).toContainEqual({ name: 'ARG', value: `VERSION=${VERSION}` });
    const labels = Object.fromEntries(
      [...ofImage('LABEL').matchAll(/org\.opencontainers\.image\.([a-z.]+)="([^"]*)"/g)].map(
        ([, key, value]) => [key, value],
      ),
    );
    expect(labels).toMatchObject({
      title: 'mimecast-credential-monitor',
      description,
      licenses: license,
      version: '$VERSION',
      revision: '$REVISION',
      source: '$SOURCE',
    });
  });

  it('runs as a user without a name and without rights, and ends at SIGTERM', () => {
    expect(ofImage('USER')).toBe('10001:10001');
    expect(ofImage('STOPSIGNAL')).toBe('SIGTERM');
  });

  it('sets only variables that something reads', () => {
    const known = new Set([...environmentNames(), 'NODE_ENV', 'PATH', 'MALLOC_TRIM_THRESHOLD_']);
    const set = [...ofImage('ENV').matchAll(/(\w+)=/g)].map(([, name]) => name);
    expect(set.length).toBeGreaterThan(0);
    for (const name of set) expect(known).toContain(name);
  });

  it('starts the program and asks for its health with arguments that it takes, at the port that it exposes', () => {
    expect(list('ENTRYPOINT')).toEqual(['node', '--max-semi-space-size=32', '/app/bin/mimecast-monitor']);
    expect(parsedByProgram(list('CMD'))).toEqual({ command: 'start', role: 'all' });
    const [node, program, ...args] = list('HEALTHCHECK');
    expect([node, program]).toEqual(['node', '/app/bin/mimecast-monitor']);
    expect(parsedByProgram(args)).toEqual({ command: 'health' });
    expect(ofImage('ENV')).toMatch(
      new RegExp(`\\bMIMECAST_MONITOR_LISTEN=0\\.0\\.0\\.0:${ofImage('EXPOSE')}\\b`),
    );
  });
});
