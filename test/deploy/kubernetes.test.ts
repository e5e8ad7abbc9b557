import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { CHANNEL_TYPES } from '../../src/alerts/drivers.ts';
import { loadConfig } from '../../src/config/load.ts';
import { referencesOf } from '../../src/config/references.ts';
import { ofImage } from './image.ts';
import {
  FOLDER,
  kustomization,
  type Manifest,
  manifest,
  manifests,
  manifestsOf,
  selects,
} from './kubernetes.ts';
import {
  environmentNames,
  longestTeardownMs,
  parsedByProgram,
  processPaths,
  ROOT,
  VERSION,
} from './program.ts';

const deployments = [manifest('Deployment'), manifest('Deployment', 'mimecast-monitor-worker')];
const podOf = ({ spec }: Manifest) => spec.template.spec;
const containerOf = (deployment: Manifest) => podOf(deployment).containers[0];
const labelsOf = ({ spec }: Manifest) => spec.template.metadata.labels;
const [secret] = manifestsOf('secret.example.yaml');

/** Where the types of each kind are. */
const TYPES: Readonly<Record<string, string>> = {
  v1: 'kubernetes-models/v1',
  'apps/v1': 'kubernetes-models/apps/v1',
  'policy/v1': 'kubernetes-models/policy/v1',
  'networking.k8s.io/v1': 'kubernetes-models/networking.k8s.io/v1',
  'monitoring.coreos.com/v1': '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1',
};

/** What the compiler has against these manifests: unknown fields, wrong types, missing ones. */
function typeErrors(all: readonly Manifest[]): string {
  const folder = mkdtempSync('/tmp/mcm-types-');
  try {
    symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
    writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
    const lines = all.map((one, index) => {
      const type = `import('${TYPES[one.apiVersion]}').I${one.kind}`;
      return `export const m${index} = ${JSON.stringify(one)} satisfies ${type};`;
    });
    writeFileSync(join(folder, 'manifests.ts'), lines.join('\n'));
    const flags = ['--noEmit', '--strict', '--module', 'nodenext', '--skipLibCheck', '--target', 'es2023'];
    const compiler = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
    execFileSync(process.execPath, [compiler, ...flags, '--types', '', 'manifests.ts'], { cwd: folder });
    return '';
  } catch (error) {
    const { stdout } = error as { stdout?: Buffer };
    if (stdout === undefined) throw error;
    return stdout.toString();
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe('the Kubernetes manifests', () => {
  it('have the fields, and the types of them, that Kubernetes and the Prometheus Operator know', () => {
    expect(manifests.length).toBe(9);
    expect(typeErrors([...manifests, ...(secret ? [secret] : [])])).toBe('');
    const broken = structuredClone(manifest('Service')) as { spec: Record<string, unknown> };
    broken.spec['sesionAffinity'] = 'None';
    expect(typeErrors([broken as unknown as Manifest])).toContain('sesionAffinity');
  }, 60_000);

  it('are all listed, but for the example of a Secret', () => {
    const files = readdirSync(join(ROOT, FOLDER)).filter((name) => name.endsWith('.yaml'));
    const listed = [
      ...kustomization.resources,
      ...kustomization.configMapGenerator.flatMap(({ files: of }) => of),
    ];
    expect(files.filter((name) => !listed.includes(name))).toEqual([
      'kustomization.yaml',
      'secret.example.yaml',
    ]);
    expect(files).toEqual(expect.arrayContaining(listed));
  });

  it('live in the namespace whose pods are held to the restricted profile', () => {
    const { name, labels } = manifest('Namespace', kustomization.namespace).metadata;
    expect(name).toBe(secret?.metadata.namespace);
    expect(labels).toMatchObject({ 'pod-security.kubernetes.io/enforce': 'restricted' });
  });

  it('hold no secret', () => {
    expect(manifests.filter(({ kind }) => kind === 'Secret')).toEqual([]);
    expect(Object.values((secret as unknown as { stringData: object }).stringData)).toEqual(['', '', '']);
  });

  it('have selectors that find the pods they are for, and no others', () => {
    const [monitor, worker] = deployments.map(labelsOf);
    const found = (selector: Record<string, string>) => [
      selects(selector, monitor),
      selects(selector, worker),
    ];
    expect(found(deployments[0]?.spec.selector.matchLabels)).toEqual([true, false]);
    expect(found(deployments[1]?.spec.selector.matchLabels)).toEqual([false, true]);
    expect(found(manifest('Service').spec.selector)).toEqual([true, false]);
    expect(found(manifest('Service', 'mimecast-monitor-worker').spec.selector)).toEqual([false, true]);
    expect(found(manifest('PodDisruptionBudget').spec.selector.matchLabels)).toEqual([true, false]);
    expect(found(manifest('NetworkPolicy').spec.podSelector.matchLabels)).toEqual([true, true]);
    for (const deployment of deployments) {
      for (const { labelSelector } of podOf(deployment).topologySpreadConstraints) {
        expect(labelSelector.matchLabels).toEqual(deployment.spec.selector.matchLabels);
      }
    }
  });

  it('let Prometheus find both Services as one job, at a port and a path that are there, with the token', () => {
    const { selector, endpoints, jobLabel } = manifest('ServiceMonitor').spec;
    const services = manifests.filter(({ kind }) => kind === 'Service');
    expect(services.length).toBe(2);
    for (const { metadata, spec } of services) {
      expect(selects(selector.matchLabels, metadata.labels)).toBe(true);
      expect(metadata.labels?.[jobLabel]).toBe('mimecast-monitor');
      expect(spec.ports.map(({ name }: { name: string }) => name)).toContain(endpoints[0].port);
    }
    expect(processPaths()).toContain(endpoints[0].path);
    const { name, key } = endpoints[0].authorization.credentials;
    expect(name).toBe(secret?.metadata.name);
    expect(secret).toHaveProperty(['stringData', key]);
  });

  it('keep one of two monitors while nodes are drained, and both while a new version comes', () => {
    expect(deployments[0]?.spec.replicas).toBe(2);
    expect(manifest('PodDisruptionBudget').spec.minAvailable).toBe(1);
    expect(deployments[0]?.spec.strategy.rollingUpdate.maxUnavailable).toBe(0);
  });

  it('let in two namespaces at one port, and let out names, Redis, Alertmanager and HTTPS', () => {
    const { policyTypes, ingress, egress } = manifest('NetworkPolicy').spec;
    expect(policyTypes).toEqual(['Ingress', 'Egress']);
    expect(ingress.map(({ ports }: { ports: object[] }) => ports)).toEqual([
      [{ protocol: 'TCP', port: 'http' }],
    ]);
    for (const { namespaceSelector } of ingress[0].from) expect(namespaceSelector.matchLabels).toBeDefined();
    const ports = egress.flatMap(({ ports: of }: { ports: { port: number }[] }) =>
      of.map(({ port }) => port),
    );
    expect(ports).toEqual([53, 53, 6379, 6380, 9093, 443]);
  });
});

describe.each(deployments.map((deployment) => ({ name: deployment.metadata.name, deployment })))(
  'the pods of $name',
  ({ deployment }) => {
    const pod = podOf(deployment);
    const container = containerOf(deployment);

    it('fit the restricted profile', () => {
      expect(pod.containers.length).toBe(1);
      expect(pod.initContainers).toBeUndefined();
      for (const field of ['hostNetwork', 'hostPID', 'hostIPC']) expect(pod[field]).toBeUndefined();
      expect(pod.securityContext).toMatchObject({
        runAsNonRoot: true,
        seccompProfile: { type: 'RuntimeDefault' },
      });
      expect(container.securityContext).toEqual({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      });
      for (const { configMap, secret: mounted, emptyDir } of pod.volumes) {
        expect(configMap ?? mounted ?? emptyDir).toBeDefined();
      }
    });

    it('run as the user of the image, of this version, and may not talk to Kubernetes', () => {
      const { runAsUser, runAsGroup } = pod.securityContext;
      expect(`${runAsUser}:${runAsGroup}`).toBe(ofImage('USER'));
      expect(pod.automountServiceAccountToken).toBe(false);
      expect(pod.serviceAccountName).toBe(manifest('ServiceAccount').metadata.name);
      expect(kustomization.images).toContainEqual(
        expect.objectContaining({ name: container.image, newTag: VERSION }),
      );
    });

    it('start the program with a role, flags and variables that it knows', () => {
      const isWorker = deployment.metadata.name.endsWith('-worker');
      expect(parsedByProgram(container.args)).toMatchObject({
        command: 'start',
        role: isWorker ? 'worker' : 'all',
        listen: `0.0.0.0:${container.ports[0].containerPort}`,
      });
      const known = environmentNames();
      for (const { name } of container.env) expect(known).toContain(name);
    });

    it('are probed at paths that every role serves without a token, by the name of their port', () => {
      for (const probe of ['startupProbe', 'livenessProbe', 'readinessProbe']) {
        const { path, port } = container[probe].httpGet;
        expect(processPaths()).toContain(path);
        expect(['/healthz', '/readyz']).toContain(path);
        expect(port).toBe(container.ports[0].name);
      }
      expect(container.readinessProbe.httpGet.path).toBe('/readyz');
      // A Redis that is away makes a pod unready; restarting it would help nobody.
      expect(container.livenessProbe.httpGet.path).toBe('/healthz');
    });

    it('have longer to end than all of their parts may take', () => {
      expect(pod.terminationGracePeriodSeconds * 1_000).toBeGreaterThan(longestTeardownMs());
    });

    it('mount the config where the image looks for it, and the Secret where the config looks for it', async () => {
      const mountOf = (name: string) =>
        container.volumeMounts.find((mount: { name: string }) => mount.name === name);
      for (const { name } of container.volumeMounts) {
        expect(pod.volumes.map((volume: { name: string }) => volume.name)).toContain(name);
      }
      const [generated] = kustomization.configMapGenerator;
      const config = pod.volumes.find((volume: { configMap?: object }) => volume.configMap);
      expect(config.configMap.name).toBe(generated?.name);
      expect(kustomization.generatorOptions.disableNameSuffixHash).toBe(true);
      expect(ofImage('ENV')).toContain(
        `MIMECAST_MONITOR_CONFIG=${mountOf(config.name).mountPath}/${generated?.files[0]}`,
      );
      const secrets = pod.volumes.find((volume: { secret?: object }) => volume.secret);
      expect(secrets.secret.secretName).toBe(secret?.metadata.name);
      const loaded = await loadConfig(join(ROOT, FOLDER, 'tenants.yaml'), { channelTypes: CHANNEL_TYPES });
      const files = referencesOf(loaded).flatMap(({ reference }) =>
        reference.kind === 'file' ? [reference.path] : [],
      );
      const keys = Object.keys((secret as unknown as { stringData: object }).stringData);
      expect(files.toSorted()).toEqual(
        keys.map((key) => join(mountOf(secrets.name).mountPath, key)).toSorted(),
      );
      expect(loaded.http.token).not.toBeNull();
      expect(loaded.redisUrl).not.toBeNull();
    });
  },
);
