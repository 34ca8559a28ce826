/**
 * Fill, D8, accumulation and Strahler order of a DEM as a whole process, reading and writing GeoTIFF: ours, on all cores
 * and on one, beside GRASS r.watershed (single flow direction) and SAGA (Wang & Liu fill, D8, Strahler).
 */
import { mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Bench, BenchRow } from '../bench.js';
import { median } from '../median.js';
import { type Measured, measure } from '../peak.js';
import { writeTerrain } from './write-terrain.js';

const PROGRAM = fileURLToPath(new URL('./flow-model.mjs', import.meta.url));
const RUNS = 3;
const THRESHOLD = 1000;

const GRASS = `
rm -rf xy && grass -c XY -e xy >/dev/null 2>&1
cat > steps.sh <<'END'
r.in.gdal -o --o --q input=dem.tif output=dem
g.region raster=dem
r.watershed -s --o --q elevation=dem threshold=${THRESHOLD} accumulation=acc drainage=dir stream=str memory=2000
for name in acc dir str; do
  r.out.gdal -c -f --o --q input=$name output=grass-$name.tif createopt=COMPRESS=DEFLATE,TILED=YES
done
END
grass xy/PERMANENT --exec bash steps.sh >/dev/null 2>&1
test -s grass-acc.tif
`;

const SAGA = `
gdal_translate -q -of SAGA -a_nodata -99999 dem.tif s.sdat
saga_cmd -f=s ta_preprocessor 4 -ELEV s.sgrd -FILLED f.sgrd -FDIR fd.sgrd -WSHED w.sgrd -MINSLOPE 0.01 >/dev/null
saga_cmd -f=s ta_hydrology 0 -ELEVATION f.sgrd -FLOW a.sgrd -METHOD 0 -FLOW_UNIT 0 >/dev/null
saga_cmd -f=s ta_channels 6 -DEM f.sgrd -STRAHLER o.sgrd >/dev/null
gdal_translate -q -co COMPRESS=DEFLATE -co TILED=YES a.sdat saga-acc.tif
gdal_translate -q -co COMPRESS=DEFLATE -co TILED=YES o.sdat saga-order.tif
`;

const watershed: Bench = async ({ folder, scale }) => {
  const cwd = path.join(folder, 'watershed');
  mkdirSync(cwd, { recursive: true });
  const size = scale >= 1 ? 5000 : 1200;
  await writeTerrain(path.join(cwd, 'dem.tif'), size);
  const programs = {
    ours: () => ours(cwd),
    oneCore: () => ours(cwd, ['-c', '0']),
    grass: () => measure(['-ec', GRASS], { cwd, program: 'bash' }),
    saga: () => measure(['-ec', SAGA], { cwd, program: 'bash' }),
  };
  const found = await interleaved(programs);
  const against = (peer: Figures, of: Figures, target: number): Pick<BenchRow, 'ratio' | 'target'> => ({
    ratio: `${(of.seconds / peer.seconds).toFixed(2)}x time, ${(of.peakMb / peer.peakMb).toFixed(2)}x memory`,
    target: `≤ ${target}x time, ≤ 1x memory`,
  });
  rmSync(cwd, { recursive: true });
  return [
    { what: `flow of ${size} x ${size} float32, read and written`, value: text(found.ours) },
    {
      what: 'the same beside GRASS r.watershed',
      value: text(found.grass),
      ...against(found.grass, found.ours, 0.6),
    },
    { what: 'the same beside SAGA', value: text(found.saga), ...against(found.saga, found.ours, 0.6) },
    {
      what: 'the same on one core',
      value: text(found.oneCore),
      ratio: `a second core makes it ${(found.oneCore.seconds / found.ours.seconds).toFixed(2)}x as fast`,
    },
  ];
};

export default watershed;

interface Figures {
  seconds: number;
  peakMb: number;
}

/** A new cache each time: nothing is there yet. */
async function ours(cwd: string, cores: string[] = []): Promise<Measured> {
  const cache = path.join(cwd, 'cache');
  rmSync(cache, { recursive: true, force: true });
  mkdirSync(cache);
  const args = [PROGRAM, path.join(cwd, 'dem.tif'), cache, String(THRESHOLD)];
  return cores.length === 0
    ? measure(args, { cwd })
    : measure([...cores, process.execPath, ...args], { cwd, program: 'taskset' });
}

/** Medians; each round runs every program once, so that a slow minute meets all of them. */
async function interleaved<Name extends string>(
  programs: Record<Name, () => Promise<Measured>>,
): Promise<Record<Name, Figures>> {
  const names = Object.keys(programs) as Name[];
  const all = new Map<Name, Measured[]>(names.map((name) => [name, []]));
  for (let run = 0; run < RUNS; run++) {
    for (const name of names) {
      const measured = await programs[name]();
      if (measured.exitCode !== 0) throw new Error(`${name} ended with exit code ${measured.exitCode}`);
      all.get(name)!.push(measured);
    }
  }
  return Object.fromEntries(
    names.map((name) => [
      name,
      {
        seconds: median(all.get(name)!.map(({ seconds }) => seconds)),
        peakMb: median(all.get(name)!.map(({ peakMb }) => peakMb)),
      },
    ]),
  ) as Record<Name, Figures>;
}

function text({ seconds, peakMb }: Figures): string {
  return `${seconds.toFixed(1)} s, ${Math.round(peakMb)} MB`;
}
