import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import type { LedgerRow } from '../../../src/core/row.js';
import type { OutputRequest } from '../../../src/output/output-request.js';
import { writeOutputs } from '../../../src/output/write-outputs.js';
import { ledgerRows, requestOf, scratch, sha256, writeLayers, writeSourceWorkbook } from '../fixture.js';
import { withBrowser } from './browser.js';

const HOSTILE = [
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  "' onload='alert(1)",
  '</title></svg><b>',
  ']]>&amp;{{7*7}}',
];

const browser = withBrowser();

async function reportOf(rows: readonly LedgerRow[], settings: Partial<OutputRequest> = {}) {
  const folder = await scratch();
  const source = await writeSourceWorkbook(path.join(folder, 'sites.xlsx'), ledgerRows());
  const artifacts = await writeLayers(folder);
  const request = { ...requestOf({ outDir: folder, source, rows, artifacts }), ...settings };
  await writeOutputs(request);
  const file = path.join(folder, `${request.stem}.report.html`);
  return { file, text: await readFile(file, 'utf8') };
}

test('it tells the counts, the reasons, the slowest rows, the options and the files', async () => {
  const { text } = await reportOf(ledgerRows());
  for (const words of [
    'Desilting sites to their water bodies',
    'sites.xlsx',
    'No water pixel found within 1500m',
    'D13',
    'searchRadiusM',
    'rows/s',
    'sites.results.csv',
    'Micro-watersheds',
    'Distance from the surveyed point to water',
  ]) {
    expect(text).toContain(words);
  }
});

test('its policy allows no network and no script but its own', async () => {
  const { text } = await reportOf(ledgerRows());
  const script = /<script>([\s\S]*?)<\/script>/.exec(text)?.[1] ?? '';
  const hash = Buffer.from(sha256(script), 'hex').toString('base64');
  expect(text).toContain(
    `default-src &#39;none&#39;; style-src &#39;unsafe-inline&#39;; script-src &#39;sha256-${hash}&#39;; img-src data:`,
  );
  expect(text).not.toMatch(/\b(?:src|href)="(?!#)/);
  expect(text).not.toMatch(/@import|url\((?!#)/);
});

test('in a browser it makes no request and no error, and the map zooms', async () => {
  const opened = browser();
  if (opened === null) return;
  const { file } = await reportOf(ledgerRows());
  const { page, faults } = await opened(file);
  expect(await page.locator('.view .mark').count()).toBe(38);
  expect(await page.locator('.layer.water path').count()).toBe(5 + 1);
  const scale = await page.locator('.scale text').textContent();
  await page.click('[data-zoom=in]');
  await page.click('[data-zoom=in]');
  await page.click('[data-zoom=in]');
  expect(await page.locator('.scale text').textContent()).not.toBe(scale);
  expect(await page.locator('.view').getAttribute('transform')).toContain('scale(4.096');
  expect(faults).toEqual([]);
  await page.close();
});

test('a mark stands on its place in the drawing at every width and zoom', async () => {
  const opened = browser();
  if (opened === null) return;
  const { file } = await reportOf(ledgerRows());
  for (const width of [1200, 400]) {
    const { page } = await opened(file, { viewport: { width, height: 900 } });
    for (const zoomed of [false, true]) {
      if (zoomed) await page.click('[data-zoom=in]');
      const off = await page.evaluate(`(() => {
        const mark = document.querySelector('.view .mark.completed');
        const box = mark.getBoundingClientRect();
        const place = new DOMPoint(0, 0).matrixTransform(mark.parentNode.getScreenCTM());
        return Math.hypot(box.x + box.width / 2 - place.x, box.y + box.height / 2 - place.y);
      })()`);
      expect(off).toBeLessThan(1);
    }
    await page.close();
  }
});

test('it is as wide as its window on a telephone, and complete without scripts', async () => {
  const opened = browser();
  if (opened === null) return;
  const { file } = await reportOf(ledgerRows());
  const { page } = await opened(file, { viewport: { width: 400, height: 800 } });
  expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(400);
  await page.close();
  const { page: plain } = await opened(file, { javaScriptEnabled: false });
  expect(await plain.locator('.view .mark').count()).toBe(38);
  expect(await plain.locator('.map-tools').isVisible()).toBe(false);
  await plain.close();
});

test.each(HOSTILE)('the hostile text %s is shown as text, wherever it comes from', async (evil) => {
  const rows = ledgerRows({
    change: (row) => ({
      ...row,
      cells: { ...row.cells, Latitude: evil },
      reason: row.reason === null ? null : `${evil} ${row.reason}`,
      issues: row.issues.map((issue) => ({
        ...issue,
        message: evil,
        value: evil,
        cell: evil,
        hint: evil,
        code: evil,
      })),
      error: row.error === null ? null : { code: evil, message: evil, hint: evil, field: 'latitude' },
    }),
  });
  const folder = await scratch();
  const layer = {
    type: 'FeatureCollection',
    features: [
      {
        type: 'Feature',
        properties: { name: evil },
        geometry: {
          type: 'Polygon',
          coordinates: [
            [
              [72.58, 23.18],
              [72.62, 23.18],
              [72.62, 23.22],
              [72.58, 23.18],
            ],
          ],
        },
      },
    ],
  };
  const text = JSON.stringify(layer);
  await writeFile(path.join(folder, 'layer.geojson'), text);
  const base = requestOf({
    outDir: folder,
    source: await writeSourceWorkbook(path.join(folder, 'sites.xlsx'), ledgerRows()),
    rows,
  });
  const { file } = await reportOf(rows, {
    batch: {
      ...base.batch,
      options: { [evil]: evil },
      state: evil,
      task: { name: evil, version: 1, title: evil },
      source: { ...base.batch.source, file: evil, sheet: evil },
      versions: { [evil]: evil },
      replaces: evil,
    },
    chart: { column: 'distance_m', title: evil, unit: evil },
    artifacts: [
      {
        name: 'layer.geojson',
        title: evil,
        kind: 'geojson',
        path: path.join(folder, 'layer.geojson'),
        sha256: sha256(text),
        bytes: text.length,
      },
    ],
  });
  const opened = browser();
  if (opened === null) return;
  const { page, faults } = await opened(file);
  expect(await page.locator('script').count()).toBe(1);
  expect(await page.locator('img, b img, [onerror], [onload]').count()).toBe(0);
  expect(await page.locator('h1').textContent()).toBe(evil);
  expect(faults).toEqual([]);
  await page.close();
});

test('a large batch gives a small report: at most 5,000 points and 200 failures, and it says so', async () => {
  const rows = ledgerRows({
    count: 8000,
    change: (row) =>
      row.number % 5 === 0
        ? {
            ...row,
            state: 'failed',
            error: { code: 'X', message: `no water near ${row.number}` },
            issues: [],
            reason: `no water near ${row.number}`,
          }
        : row,
  });
  const { text } = await reportOf(rows, { maxStyledBytes: 1 });
  expect(text.length).toBeLessThan(2_000_000);
  const marks = text.match(/<use /g)?.length ?? 0;
  expect(marks).toBeGreaterThan(3000);
  expect(marks).toBeLessThanOrEqual(5000);
  expect(text).toMatch(/The map shows [\d,]+ points of 2?[\d,]+, evenly chosen/);
  expect(text).toContain('The first 200 failures');
  expect(text).toMatch(/<td class="n">1,600<\/td><td>no water near 5/);
});

test('a layer of many vertices is simplified until the report is small', async () => {
  const folder = await scratch();
  const ring = (cx: number, cy: number) => {
    const points = Array.from({ length: 3000 }, (_, i) => {
      const angle = (i / 3000) * 2 * Math.PI;
      const radius = 0.004 * (1 + 0.3 * Math.sin(40 * angle) + 0.05 * Math.sin(900 * angle));
      return [cx + Math.cos(angle) * radius, cy + Math.sin(angle) * radius];
    });
    return [...points, points[0]];
  };
  const features = Array.from({ length: 200 }, (_, i) => ({
    type: 'Feature',
    properties: { uid: `12_${i}` },
    geometry: {
      type: 'Polygon',
      coordinates: [ring(72.56 + (i % 20) * 0.005, 23.16 + Math.floor(i / 20) * 0.009)],
    },
  }));
  const text = JSON.stringify({ type: 'FeatureCollection', features });
  const file = path.join(folder, 'water.geojson');
  await writeFile(file, text);
  const artifacts = [
    { name: 'water.geojson', kind: 'geojson', path: file, sha256: sha256(text), bytes: text.length },
  ];
  const report = await reportOf(ledgerRows(), { artifacts });
  expect(text.length).toBeGreaterThan(10_000_000);
  expect(report.text.length).toBeLessThan(2_000_000);
  expect(report.text).toContain('<title>12_0</title>');
});

test('a batch with nothing on the map and nothing to chart has neither, and is no error', async () => {
  const rows = ledgerRows({ change: (row) => ({ ...row, input: null, result: null }) });
  const { text } = await reportOf(rows, { artifacts: [] });
  expect(text).not.toContain('data-map data-metres');
  expect(text).not.toContain('Histogram');
});

test('an artifact that calls itself GeoJSON and is not leaves the map without it', async () => {
  const folder = await scratch();
  const content = '{"features": [{"geometry": {"type":"Polygon","coordinates":"x"}}, 7, null, {]';
  await writeFile(path.join(folder, 'bad.geojson'), content);
  const artifacts = [
    {
      name: 'bad.geojson',
      kind: 'geojson',
      path: path.join(folder, 'bad.geojson'),
      sha256: sha256(content),
      bytes: content.length,
    },
  ];
  const { text } = await reportOf(ledgerRows(), { artifacts });
  expect(text).toContain('data-map');
});
