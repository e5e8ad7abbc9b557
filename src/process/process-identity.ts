import { execFileSync } from 'node:child_process';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/** A process that can be recognised again: numbers are reused, a number with its start time is not. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Opaque text; only equality has a meaning. */
  readonly startTime: string;
}

/** Null when no such process runs; one that has ended and merely waits to be collected does not run. */
export function identifyProcess(pid: number): ProcessIdentity | null {
  const startTime = process.platform === 'linux' ? startTimeFromProc(pid) : startTimeFromPs(pid);
  return startTime === null ? null : { pid, startTime };
}

export function isRunning(identity: ProcessIdentity): boolean {
  return identifyProcess(identity.pid)?.startTime === identity.startTime;
}

/** Process numbers mean something only to those who share this text: one host, one container. */
export function processNamespace(): string {
  try {
    return `${hostname()} ${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    // Only Linux divides its process numbers.
    return hostname();
  }
}

/** proc(5): field 3 is the state, field 22 the start in clock ticks since boot; field 2 may hold spaces and brackets. */
function startTimeFromProc(pid: number): string | null {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return null;
  }
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const state = fields[0];
  return state === 'Z' || state === 'X' ? null : (fields[19] ?? null);
}

function startTimeFromPs(pid: number): string | null {
  try {
    const line = execFileSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
      env: { PATH: '/usr/bin:/bin', LC_ALL: 'C' },
    }).trim();
    const [state = '', ...start] = line.split(/\s+/);
    return start.length === 0 || state.startsWith('Z') ? null : start.join(' ');
  } catch {
    return null;
  }
}
