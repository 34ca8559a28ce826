/** Which process this is, so that another one can tell later whether it still lives. */
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

export interface ProcessIdentity {
  pid: number;
  /** Clock ticks since boot when the process started (Linux); tells a reused pid from the process that had it. */
  startTime: string | null;
  host: string;
  /** Changes with every boot (Linux). */
  boot: string | null;
  /** The installed system (Linux); outlives a reboot. */
  machine: string | null;
  /** Containers on one kernel count their pids apart (Linux). */
  pidNamespace: string | null;
}

export function thisProcess(): ProcessIdentity {
  return {
    pid: process.pid,
    startTime: processStat(process.pid)?.startTime ?? null,
    host: hostname(),
    boot: readFirst('/proc/sys/kernel/random/boot_id'),
    machine: readFirst('/etc/machine-id'),
    pidNamespace: readNamespace(),
  };
}

/**
 * `unknown` when it ran in another container or on another machine, where this process cannot look; `likely` when a process
 * has its pid but the system does not say since when.
 */
export function livenessOf(identity: ProcessIdentity): 'alive' | 'likely' | 'dead' | 'unknown' {
  const me = thisProcess();
  if (identity.boot !== me.boot || identity.host !== me.host) {
    const wasRebooted =
      identity.boot !== me.boot && identity.host === me.host && identity.machine === me.machine;
    return wasRebooted ? 'dead' : 'unknown';
  }
  if (identity.pidNamespace !== me.pidNamespace) return 'unknown';
  if (identity.startTime === null || me.startTime === null)
    return signalable(identity.pid) ? 'likely' : 'dead';
  const found = processStat(identity.pid);
  return found?.startTime === identity.startTime && !found.isGone ? 'alive' : 'dead';
}

/** Fields of /proc/PID/stat after the command's name, which may itself hold spaces and parentheses. */
function processStat(pid: number): { startTime: string; isGone: boolean } | undefined {
  const stat = readFirst(`/proc/${pid}/stat`);
  if (stat === null) return undefined;
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return { startTime: fields[19] ?? '', isGone: fields[0] === 'Z' || fields[0] === 'X' };
}

function readFirst(path: string): string | null {
  try {
    return readFileSync(path, 'utf8').trim() || null;
  } catch {
    return null;
  }
}

function readNamespace(): string | null {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return null;
  }
}

function signalable(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
