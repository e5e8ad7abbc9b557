import { entriesOf, examplesOf, formsOf, isSchema, type Schema } from './schema-nodes.ts';

/** A whole config in which one example stands, and where it stands. */
export interface Placed {
  readonly path: string;
  readonly config: Schema;
}

/** What must stand beside a key for its value to make sense, or must not: `undefined` leaves a key out. */
const COMPANIONS: Readonly<Record<string, Schema>> = {
  'defaults.baseUrl': { region: undefined },
  'connections[].baseUrl': { region: undefined },
  'connections[].secretIssuedAt': { secretMaxAge: '90d' },
  'connections[].secretMaxAge': { secretIssuedAt: '2026-11-01' },
  'defaults.probe.body': { method: 'POST' },
  'connections[].probe.body': { method: 'POST' },
  'alerts.channels.*.token': { webhook: undefined, organizationCode: 'ACME', alertType: 'mimecast' },
  'alerts.channels.*.organizationCode': {
    webhook: undefined,
    token: { env: 'TOKEN' },
    alertType: 'mimecast',
  },
  'alerts.channels.*.alertType': { webhook: undefined, token: { env: 'TOKEN' }, organizationCode: 'ACME' },
};

/** Names the channels that examples speak of. */
const BASE: Schema = {
  version: 1,
  alerts: { channels: { soc: { type: 'log' } } },
  connections: [{ id: 'acme', region: 'us', clientId: 'a', clientSecret: { env: 'ACME' } }],
};

/**
 * Puts every example of every key in the place where it belongs in a config that is right. Forms of a reference are
 * left out: each is an example of some key.
 */
export function placedExamples(schema: Schema): readonly Placed[] {
  return within(schema, BASE, '').map(({ path, value }) => ({ path, config: value as Schema }));
}

interface Variant {
  readonly path: string;
  readonly value: unknown;
}

/** Every way to write `base`, which fits the schema, with one example in it. */
function within(schema: Schema, base: unknown, path: string): readonly Variant[] {
  if (isSchema(schema['items'])) {
    const { items } = schema;
    const [first] = Array.isArray(base) ? base : examplesOf(items);
    return below(items, first, `${path}[]`).map((variant) => ({ ...variant, value: [variant.value] }));
  }
  if (isSchema(schema['additionalProperties'])) {
    // The channels: one of each type.
    const forms = formsOf(schema['additionalProperties']);
    return forms.flatMap((form) =>
      below(form, examplesOf(form)[0], `${path}.*`).map((variant) => ({
        ...variant,
        value: { ...(base as Schema), example: variant.value },
      })),
    );
  }
  const keys = entriesOf(schema['properties']);
  const whole = isSchema(base) ? base : {};
  return keys.flatMap(([key, child]) => {
    const at = path === '' ? key : `${path}.${key}`;
    return below(child, whole[key] ?? examplesOf(child)[0], at).map((variant) => ({
      ...variant,
      value: { ...whole, ...COMPANIONS[at], [key]: variant.value },
    }));
  });
}

/** The examples of a schema themselves, and those within it. */
function below(schema: Schema, base: unknown, path: string): readonly Variant[] {
  const own = examplesOf(schema).map((value) => ({ path, value }));
  return [...own, ...within(schema, base, path)];
}
