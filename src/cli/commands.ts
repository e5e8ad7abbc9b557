import type { Command } from 'commander';
import type { CliContext } from './context.ts';

type Register = (program: Command, context: CliContext) => void;

/** Each is loaded only when it is asked for: most of them need no Redis, no queue and no HTTP server. */
export const COMMANDS: Readonly<Record<string, () => Promise<Register>>> = {
  start: async () => (await import('./start.ts')).registerStart,
  validate: async () => (await import('./validate.ts')).registerValidate,
  check: async () => (await import('./check.ts')).registerCheck,
  status: async () => (await import('./status.ts')).registerStatus,
  reload: async () => (await import('./reload.ts')).registerReload,
  import: async () => (await import('./import.ts')).registerImport,
  export: async () => (await import('./export.ts')).registerExport,
  route: async () => (await import('./route.ts')).registerRoute,
  silence: async () => (await import('./silence.ts')).registerSilence,
  'test-alert': async () => (await import('./test-alert.ts')).registerTestAlert,
  demo: async () => (await import('./demo.ts')).registerDemo,
  simulate: async () => (await import('./simulate.ts')).registerSimulate,
  health: async () => (await import('./health.ts')).registerHealth,
  schema: async () => (await import('./schema.ts')).registerSchema,
};
