/**
 * Measures the work on rasters beside the tools that people trust, in one run on one machine: `npm run bench:geo` for
 * all, `npm run bench:geo -- ndvi lzw` for some (it builds nothing: `npm run build` first). Everything is measured as whole
 * processes; figures are medians of interleaved rounds. Sizes shrink with `BENCH_SCALE=0.1`.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Bench } from '../bench.js';
import { markdown } from '../markdown.js';

const BENCHES = ['ndvi', 'lzw', 'watershed', 'zonal', 'desilting'];
const PEERS = ['gdal-bin', 'python3-gdal', 'python3-rasterio', 'python3-scipy', 'grass-core', 'saga'];
const SERVICES = fileURLToPath(new URL('../../test/services', import.meta.url));

const wanted = process.argv.slice(2).filter((name) => !name.startsWith('-'));
const unknown = wanted.filter((name) => !BENCHES.includes(name));
if (unknown.length > 0) {
  console.error(`There is no bench ${unknown.join(', ')}; there are ${BENCHES.join(', ')}`);
  process.exit(2);
}
installPeers();

const scale = Number(process.env.BENCH_SCALE ?? 1);
const folder = mkdtempSync(path.join(os.tmpdir(), 'sluice-bench-geo-'));
try {
  const facts = [`${os.cpus().length} cores`, os.cpus()[0]?.model.trim(), `Node ${process.versions.node}`];
  console.log(`${facts.join(', ')}, ${versionOf('gdalinfo')}, scale ${scale}\n`);
  for (const name of wanted.length > 0 ? wanted : BENCHES) {
    const { default: bench } = (await import(`./${name}.ts`)) as { default: Bench };
    const rows = await bench({ redisUrl: '', postgresUrl: '', folder, scale });
    console.log(`## ${name}\n\n${markdown(rows)}\n`);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** On Debian, as root, missing ones are installed; elsewhere it says how, and benches that need them fail. */
function installPeers(): void {
  const isThere = (program: string, args: string[]) =>
    spawnSync(program, args, { stdio: 'ignore' }).status === 0;
  const isComplete =
    isThere('gdal_calc.py', ['--help']) &&
    isThere('/usr/bin/python3', ['-c', 'import osgeo, rasterio, scipy']) &&
    isThere('grass', ['--version']) &&
    isThere('saga_cmd', ['--version']);
  if (!isComplete) spawnSync(SERVICES, ['install', ...PEERS], { stdio: 'inherit' });
}

function versionOf(program: string): string {
  return spawnSync(program, ['--version'], { encoding: 'utf8' }).stdout.split(',')[0]!.trim();
}
