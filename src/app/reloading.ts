import type { Config } from '../config/config.ts';
import { ConfigError } from '../config/config-error.ts';
import { judgeRemovals } from '../config/guard-removals.ts';
import { bareReferencesOf, losesReferences } from '../config/references.ts';
import type { ConfigWatch } from '../config/watch.ts';
import { countsOf, fleetChange } from '../domain/fleet-difference.ts';
import type { Reference } from '../domain/reference.ts';
import type { ReloadOutcome } from '../http/ports.ts';
import { within } from '../metrics/deadline.ts';
import type { ProcessStatus } from '../store/processes.ts';
import type { Parts } from './parts.ts';

export interface ReloadOptions {
  readonly parts: Parts;
  /** Reads the config anew. Throws ConfigError. */
  readonly load: () => Promise<Config>;
  /** Has workers, watcher and keeper follow the config that was just put in force. */
  readonly apply: (config: Config) => Promise<void>;
  /** Told when `status()` may have changed. */
  readonly changed: () => void;
  /** What is looked at from now on, so that the next change or a mended file is noticed. */
  readonly watch: Pick<ConfigWatch, 'update' | 'add'>;
}

/** Messages keep this much of what was wrong; the log has all of it. */
const MOST_REFUSAL = 2_000;
const MOST_REMOVED_NAMED = 20;
/** A folder on a file server that hangs must not keep every later reload waiting. The largest config takes a minute. */
const LOAD_WITHIN_MS = 300_000;

export class Reloader {
  readonly #options: ReloadOptions;
  #last: Promise<unknown> = Promise.resolve();
  /** Those that have not begun to read, by whether they allow removals. */
  readonly #waiting = new Map<boolean, Promise<ReloadOutcome>>();
  /** Null after a reload that failed while it was applied: whatever the files hold next is applied then. */
  #appliedHash: string | null;
  #refusal: string | null = null;
  /** The hash of a config that was refused for nothing but what it would remove. */
  #awaitsPermission: string | null = null;
  /** The last reload broke off, as when Redis is away: the files may hold what nobody has looked at. */
  #brokenOff = false;

  constructor(options: ReloadOptions) {
    this.#options = options;
    this.#appliedHash = options.parts.config.get().hash;
  }

  /**
   * One at a time: a second one waits, then reads what is there by then. All that ask meanwhile are served by that one:
   * whoever asks faster than a large fleet is read must not have it read long after the last of them asked.
   */
  reload(allowRemovals: boolean): Promise<ReloadOutcome> {
    const waiting = this.#waiting.get(allowRemovals);
    if (waiting) return waiting;
    const next = this.#last.then(() => {
      this.#waiting.delete(allowRemovals);
      return this.#reload(allowRemovals);
    });
    this.#waiting.set(allowRemovals, next);
    const ended = (brokenOff: boolean) => {
      this.#brokenOff = brokenOff;
    };
    this.#last = next.then(
      () => ended(false),
      () => ended(true),
    );
    return next;
  }

  status(): ProcessStatus {
    return { configHash: this.#options.parts.config.get().hash, refusal: this.#refusal };
  }

  /**
   * Reads the config again where the last reload broke off, since no file need change before it would succeed, and
   * where somebody has told another process meanwhile that the removals are meant.
   */
  async followUp(): Promise<void> {
    const awaited = this.#awaitsPermission;
    const wanted =
      this.#brokenOff || (awaited !== null && (await this.#options.parts.processes.removalsAllowed(awaited)));
    if (wanted) await this.reload(false);
  }

  async #reload(allowRemovals: boolean): Promise<ReloadOutcome> {
    const { parts, load, watch, apply, changed } = this.#options;
    const before = parts.config.get();
    this.#awaitsPermission = null;
    let next: Config;
    try {
      next = await within(load(), LOAD_WITHIN_MS, 'reading the config');
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      watch.add(error.watched);
      return this.#refuse(error.issues);
    }
    watch.update(next.watched);
    const change = fleetChange(before.connections, next.connections);
    const removed = change.removed.map(({ id }) => id);
    const allowed = allowRemovals || (await parts.processes.removalsAllowed(next.hash));
    const removals = judgeRemovals(removed, before.connections.length, allowed);
    if (!removals.allowed) {
      this.#awaitsPermission = next.hash;
      return this.#refuse([removals.message]);
    }
    if (removals.reason === 'told') await parts.processes.allowRemovals(next.hash);
    if (next.hash !== this.#appliedHash) {
      this.#appliedHash = null;
      parts.config.replace(next, change);
      for (const line of needRestart(before, next)) parts.logger.warn(line);
      if (losesReferences(before, next, change)) await parts.secrets.retain(bareReferencesOf(next));
      await apply(next);
      this.#appliedHash = next.hash;
    }
    this.#tellWhatIsNew(before, next, removed);
    this.#refusal = null;
    changed();
    parts.metrics.configLoaded(next.hash, parts.now());
    const difference = countsOf(change);
    parts.logger.info({ ...difference, hash: next.hash.slice(0, 12) }, 'the config was read again');
    return { kind: 'reloaded', ...difference, warnings: next.warnings };
  }

  /** A file or two that got lost are too few to be refused; they must not go in silence either. */
  #tellWhatIsNew(before: Config, next: Config, removed: readonly string[]): void {
    const { logger } = this.#options.parts;
    const old = new Set(before.warnings);
    for (const warning of next.warnings) if (!old.has(warning)) logger.warn(warning);
    if (removed.length === 0) return;
    const connections = removed.slice(0, MOST_REMOVED_NAMED);
    logger.warn(
      { connections, count: removed.length },
      'connections left the config and are watched no more',
    );
  }

  #refuse(issues: readonly string[]): ReloadOutcome {
    const { parts, changed } = this.#options;
    parts.metrics.configRefused();
    for (const issue of issues.slice(0, 100)) parts.logger.error({ issue }, 'the changed config was refused');
    this.#refusal = issues.join('\n').slice(0, MOST_REFUSAL);
    changed();
    return { kind: 'rejected', issues };
  }
}

/** What was changed but can only be taken up by a new process. */
function needRestart(before: Config, after: Config): string[] {
  const fixed: [string, unknown, unknown][] = [
    ['redis.url', plain(before.redisUrl), plain(after.redisUrl)],
    ['dataDir', before.dataDir, after.dataDir],
    [
      'http',
      { ...before.http, token: plain(before.http.token) },
      { ...after.http, token: plain(after.http.token) },
    ],
  ];
  return fixed
    .filter(([, old, now]) => JSON.stringify(old) !== JSON.stringify(now))
    .map(([name]) => `${name} was changed; that takes effect when the monitor is started again`);
}

/** A reference with its literal in the open, to be compared here and nowhere else. */
function plain(reference: Reference | null): unknown {
  return reference?.kind === 'literal' ? reference.value.reveal() : reference;
}
