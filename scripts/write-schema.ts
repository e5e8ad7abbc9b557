import { writeFile } from 'node:fs/promises';
import { CHANNEL_TYPES } from '../src/alerts/drivers.ts';
import { configJsonSchema } from '../src/config/json-schema.ts';

/** Writes config/schema.json anew; a test sees to it that this was done after every change of the schema. */
const file = new URL('../config/schema.json', import.meta.url);
await writeFile(file, `${JSON.stringify(configJsonSchema(CHANNEL_TYPES), null, 2)}\n`);
