import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { parseDuration } from '../../src/domain/duration.ts';
import { compose, mounts, service, services } from './compose.ts';
import { listOfImage } from './image.ts';
import { environmentNames, longestTeardownMs, parsedByProgram, ROOT, readText, VERSION } from './program.ts';

const names = services.map(([name]) => name);
const binds = mounts.filter(({ source }) => source.startsWith('./'));

describe('docker-compose.yml', () => {
  it('has the services that the README speaks of, and only the simulator in the profile demo', () => {
    expect(names).toEqual(['monitor', 'simulator', 'redis', 'prometheus', 'alertmanager', 'grafana']);
    const profiled = services.filter(([, { profiles }]) => profiles !== undefined);
    expect(profiled.map(([name, { profiles }]) => [name, profiles])).toEqual([['simulator', ['demo']]]);
  });

  it.each(names)('%s is pinned, restarted, looked after and shut in', (name) => {
    const found = service(name);
    expect(found.image).toMatch(/^[a-z0-9./-]+:v?\d+\.\d+\.\d+(-[a-z0-9.]+)?$/);
    expect(found).toMatchObject({
      restart: 'unless-stopped',
      init: true,
      read_only: true,
      cap_drop: ['ALL'],
      security_opt: ['no-new-privileges:true'],
      logging: { driver: 'json-file', options: { 'max-size': '10m', 'max-file': '5' } },
      mem_limit: expect.stringMatching(/^\d+[mg]$/),
      stop_grace_period: expect.stringMatching(/^\d+s$/),
      healthcheck: { interval: expect.any(String), timeout: expect.any(String), retries: expect.any(Number) },
    });
    expect(found.privileged).toBeUndefined();
    expect(found.cap_add).toBeUndefined();
    expect(found.tmpfs).toContainEqual(expect.stringMatching(/^\/tmp:/));
  });

  it('publishes the status page and Grafana, on this machine only', () => {
    const published = services.flatMap(([name, { ports = [] }]) => ports.map((port) => `${name} ${port}`));
    expect(published).toEqual(['monitor 127.0.0.1:9464:9464', 'grafana 127.0.0.1:3000:3000']);
  });

  it.each(binds)(
    '$target of $service is mounted read-only from a folder that is there, or that make-secrets.sh makes',
    ({ source, readOnly }) => {
      expect(readOnly).toBe(true);
      if (source.startsWith('./secrets/')) {
        expect(readText('scripts/make-secrets.sh')).toContain(source.slice('./'.length));
        return;
      }
      expect(existsSync(join(ROOT, source)) && statSync(join(ROOT, source)).isDirectory()).toBe(true);
      expect(readdirSync(join(ROOT, source))).not.toEqual([]);
    },
  );

  it('names files in those folders that are there', () => {
    const named = services.flatMap(([name, { command = [], environment = {} }]) =>
      [...command, ...Object.values(environment)].flatMap((text) => {
        const path = /(?:^|=)(\/etc\/.+)$/.exec(text)?.[1];
        return path === undefined ? [] : [{ name, path }];
      }),
    );
    expect(named.length).toBeGreaterThanOrEqual(3);
    for (const { name, path } of named) {
      const mount = binds.find(({ service, target }) => service === name && path.startsWith(`${target}/`));
      expect(mount).toBeDefined();
      expect([path, existsSync(join(ROOT, mount?.source ?? '', path.slice(mount?.target.length)))]).toEqual([
        path,
        true,
      ]);
    }
  });

  it('keeps data in volumes that it declares, one for each service that has any', () => {
    const volumes = mounts.filter(({ source }) => !source.startsWith('./'));
    expect(volumes.map(({ source }) => source).sort()).toEqual(Object.keys(compose.volumes).sort());
    // The folder in which each program is told to write, or does so by itself.
    const told = (name: string, pattern: RegExp) => pattern.exec(service(name).command?.join(' ') ?? '')?.[1];
    expect(Object.fromEntries(volumes.map(({ service, target }) => [service, target]))).toEqual({
      redis: told('redis', /--dir (\S+)/),
      prometheus: told('prometheus', /--storage\.tsdb\.path=(\S+)/),
      alertmanager: told('alertmanager', /--storage\.path=(\S+)/),
      grafana: '/var/lib/grafana',
    });
  });

  it('has every secret in a file that make-secrets.sh makes, and none in itself', () => {
    for (const { file } of Object.values(compose.secrets)) {
      expect(readText('scripts/make-secrets.sh')).toContain(`make ${file.slice('./'.length)}\n`);
    }
    for (const [, { secrets = [] }] of services) {
      for (const secret of secrets) expect(compose.secrets[secret]).toBeDefined();
    }
    for (const [, { environment = {} }] of services) {
      for (const [key, value] of Object.entries(environment)) {
        if (/password|secret|token|key/i.test(key))
          expect([key, value]).toEqual([key, expect.stringMatching(/^\/run\/secrets\//)]);
        expect(value).not.toMatch(/:\/\/[^/]*@/);
      }
    }
  });

  it('gives Redis its password as a file, and neither turns its protection off nor names it to others', () => {
    const [, file, ...flags] = service('redis').command ?? [];
    expect(service('redis').secrets?.map((name) => `/run/secrets/${name}`)).toEqual([file]);
    for (const flag of ['--requirepass', '--protected-mode']) expect(flags).not.toContain(flag);
  });

  it('gives Grafana its password as a file, by a name that is mounted', () => {
    const { environment = {}, secrets } = service('grafana');
    expect(environment.GF_SECURITY_ADMIN_PASSWORD__FILE).toBe('/run/secrets/grafana_admin_password');
    expect(secrets).toContain('grafana_admin_password');
    expect(environment.GF_SECURITY_ADMIN_PASSWORD).toBeUndefined();
  });

  it('leaves no service out of a network, and lets Redis reach nothing but the monitor', () => {
    expect(compose.networks.store).toEqual({ internal: true });
    const inStore = services
      .filter(([, { networks = [] }]) => networks.includes('store'))
      .map(([name]) => name);
    expect(inStore).toEqual(['monitor', 'redis']);
    expect(service('redis').networks).toEqual(['store']);
    for (const [name, { networks, network_mode }] of services) {
      expect([name, networks !== undefined || network_mode === 'service:monitor']).toEqual([name, true]);
      for (const network of networks ?? []) expect(compose.networks).toHaveProperty(network);
    }
  });

  it('waits for services that it has, in a condition that they can come to', () => {
    for (const [, { depends_on = {} }] of services) {
      for (const [name, { condition }] of Object.entries(depends_on)) {
        expect(service(name).healthcheck).toBeDefined();
        expect(['service_started', 'service_healthy']).toContain(condition);
      }
    }
    expect(service('monitor').depends_on).toEqual({ redis: { condition: 'service_healthy' } });
  });

  it('has no key that only the old or only the new Compose knows', () => {
    const top = Object.keys(parse(readText('docker-compose.yml')) as object);
    expect(top.filter((key) => !key.startsWith('x-'))).toEqual([
      'services',
      'networks',
      'volumes',
      'secrets',
    ]);
  });
});

describe('the monitor in docker-compose.yml', () => {
  it('is the image of this version, and builds it where it is not there', () => {
    for (const name of ['monitor', 'simulator']) {
      expect(service(name).image).toBe(`mimecast-credential-monitor:${VERSION}`);
      expect(service(name).build?.context).toBe('.');
    }
    for (const argument of Object.keys(service('monitor').build?.args ?? {})) {
      expect(readText('Dockerfile')).toMatch(new RegExp(`^ARG ${argument}=`, 'm'));
    }
  });

  it('is given arguments that the program takes', () => {
    expect(parsedByProgram(service('monitor').command ?? [])).toEqual({ command: 'start', role: 'all' });
    expect(parsedByProgram(service('simulator').command ?? [])).toMatchObject({
      command: 'simulate',
      refuse: ['oscorp-siem'],
      round: parseDuration('12m'),
    });
  });

  it('is given environment variables that the program reads', () => {
    const known = environmentNames();
    for (const name of ['monitor', 'simulator']) {
      for (const key of Object.keys(service(name).environment ?? {})) expect(known).toContain(key);
    }
  });

  it('finds the way to Redis, with its password, in the folder of its secrets', () => {
    const { redis } = parse(readText('config/tenants.demo.yaml')) as { redis: { url: { file: string } } };
    const folder = mounts.find(({ service, target }) => service === 'monitor' && target === '/run/secrets');
    const file = redis.url.file.replace('/run/secrets', folder?.source.slice('./'.length) ?? '');
    expect(readText('scripts/make-secrets.sh')).toContain(`make ${file}\n`);
    expect(readText('README.md')).toContain(`redis: { url: { file: ${redis.url.file} } }`);
    expect(service('monitor').environment).not.toHaveProperty('REDIS_URL');
  });

  it('listens at the port that is published, and is asked for its health as its image says', () => {
    const { environment = {}, ports = [], healthcheck } = service('monitor');
    const [, port] = /^0\.0\.0\.0:(\d+)$/.exec(environment.MIMECAST_MONITOR_LISTEN ?? '') ?? [];
    expect(ports).toEqual([`127.0.0.1:${port}:${port}`]);
    expect(healthcheck?.test).toEqual(['CMD', ...listOfImage('HEALTHCHECK')]);
  });

  it('has longer to end than all of its parts may take', () => {
    const grace = parseDuration(service('monitor').stop_grace_period ?? '') ?? 0;
    expect(grace).toBeGreaterThan(longestTeardownMs());
  });

  it('is scraped and asked under names and ports that the other services have', () => {
    for (const file of ['prometheus/prometheus.yml', 'grafana/provisioning/datasources/mimecast.yml']) {
      const text = readText(join('config', file));
      for (const [, host = '', port = ''] of text.matchAll(/(?:\[|, |http:\/\/)([a-z]+):(\d{4})\b/g)) {
        if (host === 'localhost') continue;
        const ports: Record<string, string> = { monitor: '9464', prometheus: '9090', alertmanager: '9093' };
        expect([file, host, port]).toEqual([file, host, ports[host]]);
      }
    }
    const token = /credentials_file: (\S+)/.exec(readText('config/prometheus/prometheus.yml'))?.[1];
    expect(service('prometheus').secrets?.map((name) => `/run/secrets/${name}`)).toContain(token);
  });
});
