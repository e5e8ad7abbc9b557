// Started by the tests as a process of its own: adds connections to a config one after the other, and says each.
// Node 20 can't run TypeScript by itself, so tsx is registered first.
import { register } from 'tsx/esm/api';

register();
const { editConfig } = await import('../../../src/edit/edit-config.ts');
const { Secret } = await import('../../../src/domain/secret.ts');

const [path = '', name = '', count = ''] = process.argv.slice(2);
for (let index = 0; index < Number(count); index += 1) {
  const entry = { id: `${name}-${index}`, region: 'us', clientId: 'abc' };
  const secret = new Secret(`${name}-${index}-secret`);
  await editConfig(path, { add: [{ entry, secret }] }, { channelTypes: { log: {} } });
  process.stdout.write(`${entry.id}\n`);
}
