import { z } from 'zod';
import type { ChannelTypes } from '../domain/channel.ts';
import { fileSchema } from './schema-file.ts';

/** The JSON Schema (2020-12) of the config file as people write it, for editors and other programs. */
export function configJsonSchema(channelTypes: ChannelTypes): object {
  const schema = z.toJSONSchema(fileSchema(channelTypes), {
    io: 'input',
    override: ({ zodSchema, jsonSchema }) => {
      // The library leaves examples out wherever something below is transformed, but ours are written as input.
      const inner = zodSchema._zod.def.type === 'prefault' ? zodSchema._zod.def.innerType : zodSchema;
      const examples = z.globalRegistry.get(inner)?.examples;
      if (Array.isArray(examples)) jsonSchema.examples = examples;
    },
  });
  return { ...schema, title: 'Config of mimecast-credential-monitor' };
}
