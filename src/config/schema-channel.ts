import { z } from 'zod';
import type { ChannelOptions, ChannelTypes, OptionSpec } from '../domain/channel.ts';
import { DAY } from './schema-units.ts';
import { duration, reference } from './schema-values.ts';
import { expected } from './wording.ts';

/** A channel of any known type. */
export function channelSchema(channelTypes: ChannelTypes) {
  const variants = Object.entries(channelTypes).map(([type, options]) => {
    const shape = Object.fromEntries(
      Object.entries(options).map(([name, spec]) => [name, optionSchema(spec)]),
    );
    const tag = z.literal(type).meta({ description: 'The type of the channel.', examples: [type] });
    return z
      .strictObject({ type: tag, ...shape })
      .meta({ description: `A channel of type ${type}.`, examples: [exampleOf(type, options)] });
  });
  const [first, ...rest] = variants;
  if (first === undefined) throw new Error('There must be at least one type of channel.');
  return z.discriminatedUnion('type', [first, ...rest]).meta({
    description: 'One place that notifications go to.',
    examples: variants.slice(0, 1).flatMap((variant) => variant.meta()?.['examples'] ?? []),
  });
}

/** The least that a channel of a type must say. */
function exampleOf(type: string, options: ChannelOptions): object {
  const specs = Object.entries(options);
  // Where one option stands for several others, it is the shorter way.
  const shortcuts = new Set(specs.map(([, { unless }]) => unless));
  const needed = specs.filter(([name, { required }]) => required || shortcuts.has(name));
  return { type, ...Object.fromEntries(needed.map(([name, { examples }]) => [name, examples[0]])) };
}

/** What one option of a channel must be. */
export function optionSchema(spec: OptionSpec): z.ZodType {
  const schema = optionValue(spec);
  if (spec.required) return schema;
  return spec.default === undefined ? schema.optional() : schema.optional().meta({ default: spec.default });
}

function optionValue({ kind, description, examples }: OptionSpec): z.ZodType {
  const meaning = { description, examples };
  switch (kind) {
    case 'reference':
      return reference(meaning);
    case 'string':
      return z
        .string()
        .min(1)
        .meta({ ...meaning });
    case 'strings':
      return z
        .array(
          z
            .string()
            .min(1)
            .meta({ description: 'One of them.', examples: [examples].flat(2).slice(0, 1) }),
        )
        .min(1)
        .meta({ ...meaning });
    case 'path':
      return z
        .string()
        .min(1)
        .meta({ description: `${description} Relative paths start at this file.`, examples });
    case 'integer':
      return z.int({ error: expected('a whole number') }).meta({ ...meaning });
    case 'boolean':
      return z.boolean().meta({ ...meaning });
    case 'duration':
      return duration({ min: 1, max: 365 * DAY }, meaning);
    default:
      return kind satisfies never;
  }
}
