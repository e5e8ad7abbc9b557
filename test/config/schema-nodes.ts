/** A part of a JSON Schema, and how it is reached: `alerts.routes[].match.kind`, `…<slack>` for one of several forms. */
export interface SchemaNode {
  readonly path: string;
  readonly schema: Schema;
  /** A key that may be left out. */
  readonly optional: boolean;
}

export type Schema = Readonly<Record<string, unknown>>;

export function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Every key, item and form at every depth. What may be anything at all has nothing to be described. */
export function nodesOf(schema: Schema, path = ''): readonly SchemaNode[] {
  const required = Array.isArray(schema['required']) ? schema['required'] : [];
  const children = [
    ...entriesOf(schema['properties']).map(([key, child]) => ({
      path: path === '' ? key : `${path}.${key}`,
      schema: child,
      optional: !required.includes(key),
    })),
    ...entriesOf({ '[]': schema['items'], '.*': schema['additionalProperties'] }).map(([step, child]) => ({
      path: path + step,
      schema: child,
      optional: false,
    })),
    ...formsOf(schema).map((child, index) => ({
      path: `${path}<${index}>`,
      schema: child,
      optional: false,
    })),
  ].filter((node) => Object.keys(node.schema).length > 0);
  return children.flatMap((node) => [node, ...nodesOf(node.schema, node.path)]);
}

/** The forms that a value can take, each a schema. */
export function formsOf(schema: Schema): readonly Schema[] {
  const forms = schema['anyOf'] ?? schema['oneOf'];
  return Array.isArray(forms) ? forms.filter(isSchema) : [];
}

export function entriesOf(value: unknown): readonly (readonly [string, Schema])[] {
  if (!isSchema(value)) return [];
  return Object.entries(value).flatMap(([key, child]) => (isSchema(child) ? [[key, child] as const] : []));
}

export function examplesOf(schema: Schema): readonly unknown[] {
  return Array.isArray(schema['examples']) ? schema['examples'] : [];
}
