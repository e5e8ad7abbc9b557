import { parse, parseAllDocuments } from 'yaml';
import { readText } from './program.ts';

export const FOLDER = 'deploy/kubernetes';

/** As much of a manifest as all kinds share; what is below is looked at by the tests themselves. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
  // biome-ignore lint/suspicious/noExplicitAny: each kind has a shape of its own, which the compiler checks elsewhere.
  readonly spec?: any;
  readonly [key: string]: unknown;
}

interface Kustomization {
  readonly namespace: string;
  readonly resources: readonly string[];
  readonly images: readonly { readonly name: string; readonly newTag: string }[];
  readonly configMapGenerator: readonly { readonly name: string; readonly files: readonly string[] }[];
  readonly generatorOptions: { readonly disableNameSuffixHash: boolean };
}

export const kustomization = parse(readText(`${FOLDER}/kustomization.yaml`)) as Kustomization;

export function manifestsOf(file: string): readonly Manifest[] {
  return parseAllDocuments(readText(`${FOLDER}/${file}`)).map((document) => document.toJS() as Manifest);
}

export const manifests: readonly Manifest[] = kustomization.resources.flatMap(manifestsOf);

export function manifest(kind: string, name = 'mimecast-monitor'): Manifest {
  const found = manifests.find((one) => one.kind === kind && one.metadata.name === name);
  if (!found) throw new Error(`there is no ${kind} ${name}`);
  return found;
}

/** Whether the labels have all that a selector asks for. */
export function selects(
  selector: Readonly<Record<string, string>>,
  labels: Readonly<Record<string, string>> = {},
): boolean {
  const wanted = Object.entries(selector);
  return wanted.length > 0 && wanted.every(([key, value]) => labels[key] === value);
}
