import type { Command } from 'commander';
import { configJsonSchema } from '../config/json-schema.ts';
import type { CliContext } from './context.ts';

/** `schema`: prints the JSON Schema of the config file, for editors and other programs. */
export function registerSchema(program: Command, context: CliContext): void {
  program
    .command('schema')
    .description('Print the JSON Schema of the config file')
    .action(() => {
      context.stdout.write(`${JSON.stringify(configJsonSchema(context.channelTypes), null, 2)}\n`);
    });
}
