// node scripts/run.mjs TASK [arguments]: does the set-up, then the thing itself.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { ensureBuild, ensurePackages, ensureRedis, root, SetupError } from './setup.mjs';
import { ensureTools } from './tools.mjs';

const [task, ...args] = process.argv.slice(2);

try {
  switch (task) {
    case 'demo':
      ensurePackages();
      ensureBuild();
      await ensureRedis({ mayInstall: true });
      await runProgram();
      break;
    case 'start':
      ensurePackages();
      ensureBuild();
      await runProgram();
      break;
    case 'test':
      ensurePackages();
      ensureBuild();
      await ensureRedis({ mayInstall: true });
      ensureTools(['alertmanager']);
      await runJest();
      break;
    case 'test:faults':
      ensurePackages();
      ensureBuild();
      await ensureRedis({ mayInstall: true });
      ensureTools(['faketime']);
      // They wait most of the time.
      await runJest('--config', 'jest.slow.config.js', '--maxWorkers', '4', ...only('test/faults/'));
      break;
    case 'test:stack':
      ensurePackages();
      ensureBuild();
      await ensureRedis({ mayInstall: true });
      ensureTools([
        'alertmanager',
        'amtool',
        'prometheus',
        'promtool',
        'chromium',
        'docker-compose',
        'systemd-analyze',
      ]);
      await runJest('--config', 'jest.slow.config.js', '--maxWorkers', '2', ...only('test/stack/'));
      break;
    case 'bench':
      ensurePackages();
      ensureBuild();
      await ensureRedis({ mayInstall: false });
      // Only one scenario holds the monitor against it.
      if (args.length === 0 || args.includes('pipeline')) ensureTools(['blackbox-exporter']);
      await runNode('--import', 'tsx', 'bench/main.ts');
      break;
    case 'bench:config':
      ensurePackages();
      ensureBuild();
      await ensureRedis({ mayInstall: false });
      await runNode('--import', 'tsx', 'bench/config.ts');
      break;
    case 'soak':
      ensurePackages();
      ensureBuild();
      await ensureRedis({ mayInstall: true });
      await runNode('--import', 'tsx', 'bench/soak.ts');
      break;
    case 'accuracy':
      ensurePackages();
      await runNode('--import', 'tsx', 'bench/accuracy.ts');
      break;
    case 'fuzz':
      ensurePackages();
      ensureBuild();
      await runNode('--import', 'tsx', 'test/fuzz/main.ts');
      break;
    case 'mutation':
      ensurePackages();
      await runMutation();
      break;
    case 'screenshots':
      ensurePackages();
      ensureBuild();
      ensureTools(['chromium']);
      await runNode('--import', 'tsx', 'scripts/screenshots.ts');
      break;
    case 'build':
      ensurePackages();
      ensureBuild({ force: true });
      break;
    default:
      throw new SetupError(
        'usage: node scripts/run.mjs <demo|start|test|test:faults|test:stack|bench|bench:config|soak|accuracy|fuzz|mutation|screenshots|build> [arguments]',
      );
  }
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}

/** In this very process, so that signals and the terminal reach the program itself. */
async function runProgram() {
  const program = join(root, 'bin', 'mimecast-monitor');
  process.argv = [process.execPath, program, task, ...args];
  await import(new URL('../dist/main.js', import.meta.url).href);
}

/** All tests of a folder, where none is named. */
function only(folder) {
  return args.some((argument) => argument.startsWith('test/')) ? [] : [folder];
}

/** Jest loads native ES modules only with this flag, and warns each time that it is there. */
function runJest(...options) {
  return runNode(
    '--experimental-vm-modules',
    '--disable-warning=ExperimentalWarning',
    'node_modules/jest/bin/jest.js',
    ...options,
  );
}

/** Of the files that are named, else of all; what begins with a dash is an option of Stryker. */
function runMutation() {
  const files = args.filter((argument) => !argument.startsWith('-'));
  const options = args.filter((argument) => argument.startsWith('-'));
  const chosen = files.length === 0 ? [] : ['--mutate', files.join(',')];
  return runProcess('node_modules/@stryker-mutator/core/bin/stryker.js', 'run', ...options, ...chosen);
}

function runNode(...command) {
  return runProcess(...command, ...args);
}

async function runProcess(...command) {
  const child = spawn(process.execPath, command, { cwd: root, stdio: 'inherit' });
  // Ctrl-C reaches the child through the terminal; what is sent to this process alone is passed on.
  const forward = (signal) => child.kill(signal);
  process.on('SIGTERM', forward);
  process.on('SIGINT', () => {});
  const [code, signal] = await once(child, 'exit');
  process.off('SIGTERM', forward);
  if (signal !== null) process.stderr.write(`${task} was ended by ${signal}\n`);
  process.exitCode = code ?? 1;
}
