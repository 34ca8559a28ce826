/**
 * Measures, in one run on one machine, what this project promises about speed and memory, each time against a peer:
 * `npm run bench` for all, `npm run bench -- engine startup` for some (it builds nothing: `npm run build` first). Ratios are medians of interleaved rounds.
 * Sizes shrink with `BENCH_SCALE=0.1`. What was measured last stands in RESULTS.md.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Bench } from './bench.js';
import { markdown } from './markdown.js';

const BENCHES = ['startup', 'engine', 'intake', 'desilting', 'peers', 'scale'];
const SERVICES = fileURLToPath(new URL('../test/services', import.meta.url));

const wanted = process.argv.slice(2).filter((name) => !name.startsWith('-'));
const unknown = wanted.filter((name) => !BENCHES.includes(name));
if (unknown.length > 0) {
  console.error(`There is no bench ${unknown.join(', ')}; there are ${BENCHES.join(', ')}`);
  process.exit(2);
}

const scale = Number(process.env.BENCH_SCALE ?? 1);
const folder = mkdtempSync(path.join(os.tmpdir(), 'sluice-bench-'));
const services = await startServices();
try {
  console.log(
    `${os.cpus().length} cores, ${os.cpus()[0]?.model.trim()}, Node ${process.versions.node}, scale ${scale}\n`,
  );
  for (const name of wanted.length > 0 ? wanted : BENCHES) {
    const { default: bench } = (await import(`./${name}.ts`)) as { default: Bench };
    const rows = await bench({ ...services.urls, folder, scale });
    console.log(`## ${name}\n\n${markdown(rows)}\n`);
  }
} finally {
  services.stop();
  rmSync(folder, { recursive: true, force: true });
}

async function startServices(): Promise<{
  urls: { redisUrl: string; postgresUrl: string };
  stop: () => void;
}> {
  const child = spawn(SERVICES, ['--stdin'], { stdio: ['pipe', 'pipe', 'inherit'] });
  for await (const line of createInterface({ input: child.stdout })) {
    return { urls: JSON.parse(line), stop: () => child.stdin.end() };
  }
  throw new Error('test/services did not start Redis and PostgreSQL');
}
