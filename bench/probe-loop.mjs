import { writeFile } from 'node:fs/promises';
import { Session } from 'node:inspector/promises';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { isMainThread } from 'node:worker_threads';

/**
 * Loaded into the measured program by NODE_OPTIONS, so that nothing for measuring stands in the program itself. It does
 * nothing until it is asked, through the channel to its parent: `watch` and `longest` measure the longest block of the
 * event loop between them, `profile` and `profiled` take a CPU profile. When the bench is gone, the program ends, too.
 */
/** The timer behind the delays fires this often; so much of each delay is no block. */
const RESOLUTION_MS = 1;

if (isMainThread && process.send !== undefined) {
  const delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  let session;
  const answers = {
    async watch() {
      delays.reset();
      delays.enable();
      return null;
    },
    async longest() {
      delays.disable();
      return Math.max(0, delays.max / 1e6 - RESOLUTION_MS);
    },
    async profile() {
      session = new Session();
      session.connect();
      await session.post('Profiler.enable');
      await session.post('Profiler.start');
      return null;
    },
    async profiled(file) {
      const { profile } = await session.post('Profiler.stop');
      session.disconnect();
      await writeFile(file, JSON.stringify(profile));
      return null;
    },
  };
  process.on('message', ({ ask, about, number }) => {
    answers[ask](about).then(
      (answer) => process.send({ number, answer }),
      (error) => process.send({ number, error: String(error) }),
    );
  });
  process.on('disconnect', () => process.kill(process.pid, 'SIGTERM'));
  // Being able to be asked is no reason for the program to go on.
  process.channel.unref();
}
