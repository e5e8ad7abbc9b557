import { cleanSecret, type ResolvedSecret } from './clean.ts';
import { SecretError } from './secret-error.ts';

/** The variables a process was started with. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Takes a secret from an environment variable. */
export function resolveEnv(name: string, env: Environment): ResolvedSecret {
  const value = env[name];
  if (value === undefined) {
    throw new SecretError('env_missing', `env ${name} is not set; set it where the monitor is started`);
  }
  return cleanSecret(value, `env ${name}`);
}
