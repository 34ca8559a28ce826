/** Processor time of process trees, from Linux's /proc. */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

/**
 * User and system time of each tree of processes since they began; µs. A tree is given by the processes at its top. What
 * has ended counts through the parent that waited for it.
 */
export function cpuUsOf<Name extends string>(
  trees: Readonly<Record<Name, readonly number[]>>,
): Record<Name, number> {
  const stats = new Map(processes().map((stat) => [stat.pid, stat]));
  const isBelow = (pid: number, roots: readonly number[]): boolean => {
    if (roots.includes(pid)) return true;
    const stat = stats.get(pid);
    return stat !== undefined && isBelow(stat.parent, roots);
  };
  const us = (roots: readonly number[]): number =>
    [...stats.values()].reduce((sum, { pid, ticks }) => sum + (isBelow(pid, roots) ? ticks : 0), 0) *
    tickUs();
  const entries = Object.entries<readonly number[]>(trees).map(([name, roots]) => [name, us(roots)]);
  return Object.fromEntries(entries) as Record<Name, number>;
}

/** @throws {Error} when there is no such process */
export function parentOf(pid: number): number {
  return parse(pid, readFileSync(`/proc/${pid}/stat`, 'utf8')).parent;
}

interface Stat {
  pid: number;
  parent: number;
  /** Its own, and those of its children that have ended. */
  ticks: number;
}

function processes(): Stat[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        return [parse(Number(name), readFileSync(`/proc/${name}/stat`, 'utf8'))];
      } catch {
        // It ended while we looked.
        return [];
      }
    });
}

/** See proc_pid_stat(5); the name in brackets may hold spaces and brackets. */
function parse(pid: number, stat: string): Stat {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return {
    pid,
    parent: Number(fields[1]),
    ticks: fields.slice(11, 15).reduce((sum, n) => sum + Number(n), 0),
  };
}

let ticksPerSecond: number | undefined;

function tickUs(): number {
  ticksPerSecond ??= Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));
  return 1_000_000 / ticksPerSecond;
}
