import type { z } from 'zod';
import type { ChannelTypes } from '../domain/channel.ts';
import type { Report } from './report.ts';
import { OTHER_KEYS, sectionSchemas } from './schema-file.ts';
import type { Source } from './source.ts';
import { errorMap, mistakesOf, unknownKey } from './wording.ts';

type Schemas = ReturnType<typeof sectionSchemas>;

/** Each section on its own: null where it has mistakes, so that the others are still checked. */
export type Sections = { readonly [Name in keyof Schemas]: z.output<Schemas[Name]> | null };

export function readSections(main: Source, channelTypes: ChannelTypes, report: Report): Sections {
  const schemas = sectionSchemas(channelTypes);
  const file = objectOf(main, report);
  const known = [...Object.keys(schemas), ...OTHER_KEYS];
  for (const key of Object.keys(file ?? {})) {
    if (!known.includes(key)) report.mistake(main, [key], unknownKey(key, known), 'key');
  }
  const read = <Schema extends z.ZodType>(name: string, schema: Schema): z.output<Schema> | null => {
    if (file === null) return null;
    const result = schema.safeParse(file[name], { error: errorMap });
    if (result.success) return result.data;
    for (const { path, message, target } of mistakesOf(result.error.issues, file[name])) {
      report.mistake(main, [name, ...path], message, target);
    }
    return null;
  };
  return {
    version: read('version', schemas.version),
    checks: read('checks', schemas.checks),
    expiry: read('expiry', schemas.expiry),
    alerts: read('alerts', schemas.alerts),
    redis: read('redis', schemas.redis),
    dataDir: read('dataDir', schemas.dataDir),
    http: read('http', schemas.http),
    defaults: read('defaults', schemas.defaults),
    include: read('include', schemas.include),
  };
}

/** The top of a file as an object; null, reported, when it is none. A file that could not be parsed is null in silence. */
export function objectOf(source: Source, report: Report): Readonly<Record<string, unknown>> | null {
  const { value } = source;
  if (value === undefined) return null;
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return value as Record<string, unknown>;
  report.mistake(
    source,
    [],
    value === null ? 'is empty; see config/tenants.example.yaml' : 'must be a mapping of keys to values',
  );
  return null;
}
