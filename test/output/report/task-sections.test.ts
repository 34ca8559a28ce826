import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import type { ReportLayer, ReportSection } from '../../../src/core/report-section.js';
import type { BatchArtifact } from '../../../src/output/output-request.js';
import { writeOutputs } from '../../../src/output/write-outputs.js';
import { UTM43N, writeTiff } from '../../raster/write-tiff.js';
import { ledgerRows, requestOf, scratch, sha256, writeLayers, writeSourceWorkbook } from '../fixture.js';
import { withBrowser } from './browser.js';

const EVIL = '"><img src=x onerror=alert(1)></title></script><script>alert(2)</script>';

const WATER: ReportLayer = {
  kind: 'features',
  title: 'Water bodies',
  artifact: 'waterbodies.geojson',
  paint: { by: 'one', color: '#1c4fa1' },
};
const SHEDS: ReportLayer = {
  kind: 'features',
  title: 'Micro-watersheds',
  artifact: 'watersheds.geojson',
  tell: ['uid', 'area_in_ha'],
  paint: { by: 'ramp', property: 'area_in_ha', ramp: 'water', unit: 'ha' },
};
const HEIGHTS: ReportLayer = {
  kind: 'raster',
  title: 'Heights',
  artifact: 'dem.tif',
  paint: { by: 'ramp', ramp: 'elevation', unit: 'm', shade: true },
};

function mapOf(...layers: ReportLayer[]): ReportSection {
  return { id: 'land', title: 'The land', items: [{ kind: 'map', title: 'Heights and water', layers }] };
}

const browser = withBrowser();

interface Reported {
  file: string;
  text: string;
  notes: string[];
  outDir: string;
  kinds: string[];
}

async function reportOf(
  sections: readonly (ReportSection | string)[],
  more: (folder: string) => Promise<BatchArtifact[]> = async () => [],
): Promise<Reported> {
  const folder = await scratch();
  const outDir = path.join(folder, 'out');
  const rows = ledgerRows();
  const source = await writeSourceWorkbook(path.join(folder, 'sites.xlsx'), rows);
  const artifacts: BatchArtifact[] = [...(await writeLayers(folder)), await writeHeights(folder)];
  for (const [index, section] of sections.entries()) {
    const text = typeof section === 'string' ? section : JSON.stringify(section);
    artifacts.push(await artifactOf(folder, { name: `report-${index}.json`, kind: 'report-section', text }));
  }
  artifacts.push(...(await more(folder)));
  const notes: string[] = [];
  const request = requestOf({ outDir, source, rows, artifacts, onNote: (note) => notes.push(note) });
  const outputs = await writeOutputs(request);
  const file = path.join(outDir, 'sites.report.html');
  return { file, notes, outDir, text: await readFile(file, 'utf8'), kinds: outputs.map(({ kind }) => kind) };
}

async function artifactOf(
  folder: string,
  { name, kind, text }: { name: string; kind: string; text: string },
): Promise<BatchArtifact> {
  const file = path.join(folder, name);
  await writeFile(file, text);
  return { name, kind, path: file, sha256: sha256(text), bytes: Buffer.byteLength(text) };
}

/** A hill around the fixture's lakes. */
async function writeHeights(folder: string): Promise<BatchArtifact> {
  const file = writeTiff(path.join(folder, 'dem.tif'), {
    width: 120,
    height: 120,
    kind: 'float32',
    tile: 64,
    nodata: '-9999',
    value: (column, row) => (column < 6 ? -9999 : 500 - Math.hypot(column - 60, row - 60)),
    keys: UTM43N,
    place: [247_000, 2_574_500, 100, 100],
  });
  const bytes = await readFile(file);
  return { name: 'dem.tif', kind: 'raster', path: file, sha256: sha256(bytes), bytes: bytes.length };
}

test('sections stand in the report in their order, and their artifacts are no files of the batch', async () => {
  const chart: ReportSection = {
    id: 'rain',
    title: 'Rain',
    text: 'By year.',
    items: [
      {
        kind: 'chart',
        chart: 'bar',
        title: 'Rain',
        unit: 'mm',
        x: [2017, 2018],
        series: [{ name: 'rain', values: [700, 300] }],
      },
    ],
  };
  const { text, outDir, kinds } = await reportOf([chart, mapOf(HEIGHTS, SHEDS, WATER)]);
  expect(text.indexOf('<h2>Rain</h2>')).toBeGreaterThan(text.indexOf('<h2>Map</h2>'));
  expect(text.indexOf('<h2>The land</h2>')).toBeGreaterThan(text.indexOf('<h2>Rain</h2>'));
  expect(kinds).not.toContain('report-section');
  expect((await readdir(outDir)).filter((name) => name.includes('report-'))).toEqual([]);
  expect(text).not.toContain('report-0.json');
});

test('in a browser a map has its picture, shapes and keys, makes no request, and hides a layer when told', async () => {
  const opened = browser();
  if (opened === null) return;
  const { file } = await reportOf([mapOf(HEIGHTS, SHEDS, { ...WATER, shown: false })]);
  const { page, faults } = await opened(file);
  const map = page.locator('figure.map').nth(1);
  expect(await map.locator('image').getAttribute('href')).toMatch(/^data:image\/png;base64,/);
  expect(await map.locator('[data-layer="1"] path').count()).toBe(16);
  expect(await map.locator('[data-layer="1"] title').first().textContent()).toBe(
    '12_234640\narea_in_ha: 900',
  );
  expect(await map.locator('.keys label').allTextContents()).toEqual([
    ' Water bodies',
    ' Micro-watersheds',
    ' Heights',
  ]);
  const water = map.locator('[data-layer="2"]');
  expect(await water.isVisible()).toBe(false);
  await map.locator('[data-toggle="2"]').check();
  expect(await water.isVisible()).toBe(true);
  await map.locator('[data-toggle="0"]').uncheck();
  expect(await map.locator('image').isVisible()).toBe(false);
  expect(faults).toEqual([]);
  await page.close();
});

test('a picture lies where its raster does', async () => {
  const opened = browser();
  if (opened === null) return;
  const { file } = await reportOf([mapOf(HEIGHTS, WATER)]);
  const { page } = await opened(file);
  const [zoomed, plain] = await page.evaluate<[number, number]>(`(() => {
    const figure = document.querySelectorAll('figure.map')[1];
    const share = () => {
      const [image, water] = ['image', '[data-layer="1"] path'].map((name) => figure.querySelector(name).getBoundingClientRect());
      return (water.x + water.width / 2 - image.x) / image.width;
    };
    const before = share();
    figure.querySelector('[data-zoom=in]').click();
    return [share(), before];
  })()`);
  expect(zoomed).toBeCloseTo(plain, 3);
  await page.close();
});

test('it is as wide as its window on a telephone, and complete without scripts', async () => {
  const opened = browser();
  if (opened === null) return;
  const wide: ReportSection = {
    id: 'wide',
    title: 'Wide',
    items: [
      { kind: 'table', title: 'T', columns: Array.from({ length: 30 }, (_, i) => `column ${i}`), rows: [] },
    ],
  };
  const { file } = await reportOf([mapOf(HEIGHTS, SHEDS), wide]);
  const { page } = await opened(file, { viewport: { width: 400, height: 800 } });
  expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(400);
  await page.close();
  const { page: plain } = await opened(file, { javaScriptEnabled: false });
  expect(await plain.locator('[data-layer="1"] path').count()).toBe(16);
  expect(await plain.locator('[data-toggle]').first().isVisible()).toBe(false);
  await plain.close();
});

test('hostile text is shown as text, wherever it comes from', async () => {
  const layer = JSON.stringify({
    type: 'FeatureCollection',
    features: [
      {
        type: 'Feature',
        properties: { [EVIL]: EVIL },
        geometry: { type: 'Point', coordinates: [72.6, 23.2] },
      },
    ],
  });
  const evil: ReportSection = {
    id: 'evil',
    title: EVIL,
    text: EVIL,
    items: [
      {
        kind: 'map',
        title: EVIL,
        note: EVIL,
        layers: [
          {
            kind: 'features',
            title: EVIL,
            artifact: 'evil.geojson',
            tell: [EVIL, EVIL],
            paint: { by: 'class', property: EVIL, classes: [{ value: EVIL, label: EVIL, color: '#000000' }] },
          },
          {
            kind: 'features',
            title: EVIL,
            artifact: EVIL,
            paint: { by: 'ramp', property: 'x', ramp: 'dry', unit: EVIL },
          },
        ],
      },
      {
        kind: 'chart',
        chart: 'line',
        title: EVIL,
        note: EVIL,
        unit: EVIL,
        x: [EVIL],
        series: [{ name: EVIL, values: [1] }],
      },
      { kind: 'table', title: EVIL, note: EVIL, columns: [EVIL], rows: [[EVIL]] },
    ],
  };
  const { file } = await reportOf([evil], async (folder) => [
    await artifactOf(folder, { name: 'evil.geojson', kind: 'geojson', text: layer }),
  ]);
  const opened = browser();
  if (opened === null) return;
  const { page, faults } = await opened(file);
  expect(await page.locator('script').count()).toBe(1);
  expect(await page.locator('img, [onerror]').count()).toBe(0);
  expect(await page.locator('td', { hasText: EVIL }).count()).toBe(1);
  expect(faults).toEqual([]);
  await page.close();
});

test('a layer without its file, or of a file that cannot be read, is named, and the others are drawn', async () => {
  const { text } = await reportOf(
    [
      mapOf(
        { ...HEIGHTS, artifact: 'broken.tif', title: 'Broken' },
        { ...WATER, artifact: 'gone.geojson', title: 'Gone' },
        SHEDS,
      ),
    ],
    async (folder) => [await artifactOf(folder, { name: 'broken.tif', kind: 'raster', text: 'no TIFF' })],
  );
  expect(text).toContain('Gone is not drawn: the batch has no file gone.geojson.');
  expect(text).toMatch(/Broken is not drawn: [^<]*\bbroken\.tif/);
  expect(text).toContain('data-layer="0"');
  expect(text).not.toContain(tmpdir());
});

test('what is not a section is left out, and it is said', async () => {
  const { text, notes } = await reportOf(['{"id":"x"}', 'no JSON', mapOf(SHEDS)]);
  expect(text).toContain('<h2>The land</h2>');
  expect(notes.filter((note) => note.startsWith('A section of the report is left out'))).toHaveLength(2);
  expect(notes[0]).toContain('section.title is nothing; expected a text');
});

test('many maps of many vertices, points and pixels keep the report below 8 MB', {
  timeout: 120_000,
}, async () => {
  const layer: ReportLayer = { ...WATER, artifact: 'many.geojson', title: 'Many' };
  const noise: ReportLayer = {
    kind: 'raster',
    title: 'Noise',
    artifact: 'noise.tif',
    paint: { by: 'ramp', ramp: 'rain' },
  };
  const sections = Array.from({ length: 12 }, (_, index) => ({ ...mapOf(noise, layer), id: `map-${index}` }));
  const { file } = await reportOf(sections, async (folder) => [
    await artifactOf(folder, { name: 'many.geojson', kind: 'geojson', text: manyFeatures() }),
    await noiseRaster(folder),
  ]);
  expect((await stat(file)).size).toBeLessThan(8_000_000);
});

function manyFeatures(): string {
  const features = Array.from({ length: 1500 }, (_, index) => {
    const [x, y] = [72.5 + (index % 60) * 0.004, 23.1 + Math.floor(index / 60) * 0.004];
    const ring = Array.from({ length: 60 }, (__, step) => [
      x + 0.0018 * Math.cos((step * Math.PI) / 30) * (1 + 0.2 * Math.sin(step * 7)),
      y + 0.0018 * Math.sin((step * Math.PI) / 30) * (1 + 0.2 * Math.sin(step * 7)),
    ]);
    const geometry =
      index % 2 === 0
        ? { type: 'Polygon', coordinates: [[...ring, ring[0]]] }
        : { type: 'Point', coordinates: [x, y] };
    return { type: 'Feature', properties: { name: `body ${index}` }, geometry };
  });
  return JSON.stringify({ type: 'FeatureCollection', features });
}

async function noiseRaster(folder: string): Promise<BatchArtifact> {
  const file = writeTiff(path.join(folder, 'noise.tif'), {
    width: 600,
    height: 500,
    kind: 'uint16',
    tile: 256,
    value: (column, row) => Math.imul(column * 7919 + row * 104_729, 0x9e3779b1) >>> 16,
    keys: UTM43N,
    place: [240_000, 2_590_000, 50, 50],
  });
  const bytes = await readFile(file);
  return { name: 'noise.tif', kind: 'raster', path: file, sha256: sha256(bytes), bytes: bytes.length };
}
