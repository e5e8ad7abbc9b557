import { Secret } from '../../../src/domain/secret.ts';
import { createExchanger } from '../../../src/mimecast/exchange.ts';
import { tokenRequest } from '../../../src/mimecast/token-request.ts';

/** Makes one exchange with the origin that is its argument and prints the outcome. */
const exchanger = createExchanger({ connections: 1, env: {}, allowedHosts: () => [] });
const request = tokenRequest(new Secret('acme'), new Secret('acme-secret'));
const outcome = await exchanger.exchange(process.argv[2] ?? '', request, 20_000);
await exchanger.close();
process.stdout.write(JSON.stringify(outcome));
