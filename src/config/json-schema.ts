import { z } from 'zod';
import type { ChannelTypes } from '../domain/channel.ts';
import { fileSchema } from './schema-file.ts';

/**
 * The JSON Schema of the config file as people write it, for editors and other programs. Draft 7 says all there is to
 * say, and is the newest that every version of the YAML language server knows, older ones of VS Code's included.
 */
export function configJsonSchema(channelTypes: ChannelTypes): object {
  const schema = z.toJSONSchema(fileSchema(channelTypes), {
    io: 'input',
    target: 'draft-7',
    override: ({ zodSchema, jsonSchema }) => {
      // The library leaves examples out wherever something below is transformed, but ours are written as input.
      const inner = zodSchema._zod.def.type === 'prefault' ? zodSchema._zod.def.innerType : zodSchema;
      const examples = z.globalRegistry.get(inner)?.examples;
      if (Array.isArray(examples)) jsonSchema.examples = examples;
    },
  });
  return { ...schema, title: 'Config of mimecast-credential-monitor' };
}
