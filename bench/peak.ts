/** Runs a command as a whole process and reads its time and its peak memory, children included. */
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

export interface Measured {
  seconds: number;
  /** Of all its processes together, sampled; MB. */
  peakMb: number;
  exitCode: number | null;
  stdout: string;
}

const SAMPLE_MS = 50;

export async function measure(
  args: readonly string[],
  {
    cwd,
    env = {},
    program = process.execPath,
  }: { cwd: string; env?: Record<string, string>; program?: string },
): Promise<Measured> {
  const began = performance.now();
  const child = spawn(program, args, {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let stdout = '';
  child.stdout.setEncoding('utf8').on('data', (part: string) => {
    stdout += part;
  });
  let peakMb = 0;
  const sampler = setInterval(() => {
    peakMb = Math.max(peakMb, treeMb(child.pid!));
  }, SAMPLE_MS);
  const exitCode = await new Promise<number | null>((ended) => child.once('close', ended));
  clearInterval(sampler);
  return { seconds: (performance.now() - began) / 1000, peakMb, exitCode, stdout };
}

function treeMb(root: number): number {
  const parents = new Map<number, number>();
  const residentMb = new Map<number, number>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const status = readFileSync(`/proc/${name}/status`, 'utf8');
      parents.set(Number(name), Number(/^PPid:\s+(\d+)/m.exec(status)?.[1]));
      residentMb.set(Number(name), Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? 0) / 1000);
    } catch {
      // It ended while we looked.
    }
  }
  const isBelow = (pid: number | undefined): boolean =>
    pid !== undefined && (pid === root || isBelow(parents.get(pid)));
  return [...residentMb].reduce((sum, [pid, mb]) => (isBelow(pid) ? sum + mb : sum), 0);
}
