// Started by the tests as a process of its own: takes a data folder, says so, and keeps it until it is told to stop.
// Node 20 can't run TypeScript by itself, so tsx is registered first.
import { register } from 'tsx/esm/api';

register();
const { pino } = await import('pino');
const { startEmbeddedRedis } = await import('../../../src/redis/embedded.ts');

const [dataDir = ''] = process.argv.slice(2);
try {
  const redis = await startEmbeddedRedis({ dataDir, logger: pino({ level: 'silent' }), env: process.env });
  process.once('SIGTERM', () => redis.stop().then(() => process.exit(0)));
  process.stdout.write(`${JSON.stringify({ started: { socketPath: redis.socketPath, pid: redis.pid } })}\n`);
} catch (error) {
  process.stdout.write(`${JSON.stringify({ refused: { code: error.code, message: error.message } })}\n`);
}
