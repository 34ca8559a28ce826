/** The example, run by the command as a user types it, gives the same rows, states, results and outputs everywhere. */
import { createHash } from 'node:crypto';
import { cpSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import ExcelJS from 'exceljs';
import { afterAll, describe, expect, it } from 'vitest';
import { describeOnEachBackend } from '../helpers/backends.js';
import { type JobsResult, runJobs } from '../helpers/jobs.js';

const EXAMPLE = fileURLToPath(new URL('../../examples/desilting', import.meta.url));
const seen = new Map<string, unknown>();

describeOnEachBackend('the desilting example', (backend) => {
  const cwd = path.join(backend.folder, 'desilting');
  const run = (...args: string[]): Promise<JobsResult> =>
    runJobs(args, { cwd, env: backend.env, timeoutMs: 180_000 });

  it('completes 38 rows, refuses one, fails one, and writes every output', async () => {
    for (const name of ['sheet.xlsx', 'jobs.config.ts', 'data']) {
      cpSync(path.join(EXAMPLE, name), path.join(cwd, name), { recursive: true });
    }
    const end = await run('run', 'desilting', 'sheet.xlsx', '--json');
    expect(end.exitCode, end.stderr).toBe(5);
    const result = JSON.parse(end.stdout);
    expect(result.counts).toEqual({
      total: 40,
      completed: 38,
      failed: 1,
      invalid: 1,
      skipped: 0,
      cancelled: 0,
    });
    expect(result.source.rows).toBe(40);
    expect(result.failures.map(({ message }: { message: string }) => message).sort()).toEqual([
      'Latitude or Longitude missing',
      'No water pixel found within 1500m',
    ]);
    const kinds = result.outputs.map(({ kind }: { kind: string }) => kind);
    for (const kind of ['workbook', 'failed-rows', 'csv', 'geojson', 'report', 'certificate'])
      expect(kinds).toContain(kind);
    for (const output of result.outputs)
      expect(existsSync(path.resolve(cwd, output.path)), output.path).toBe(true);
    seen.set(backend.name, {
      failures: result.failures,
      counts: result.counts,
      files: await contents(path.join(cwd, 'out')),
    });
  });

  it('skips what completed when run again, says so, and tries only the two again', async () => {
    const end = await run('run', 'desilting', 'sheet.xlsx');
    expect(end.exitCode, end.stderr).toBe(5);
    expect(end.stdout).toMatch(/38\s+skipped\s+completed before with the same content/);
    expect(end.stdout).toMatch(/1\s+failed/);
    expect(end.stdout).toMatch(/1\s+invalid/);
  });

  it('takes the corrected failed-rows workbook as input, and those rows replace the failed ones', async () => {
    const failed = path.join(cwd, 'out', 'sheet.failed-rows.xlsx');
    const book = new ExcelJS.Workbook();
    await book.xlsx.readFile(failed);
    const source = new ExcelJS.Workbook();
    await source.xlsx.readFile(path.join(cwd, 'sheet.xlsx'));
    const sheet = book.worksheets[0]!;
    const header = (sheet.getRow(1).values as unknown[]).map((value) =>
      String(value ?? '')
        .trim()
        .toLowerCase(),
    );
    const [latitude, longitude] = [header.indexOf('latitude'), header.indexOf('longitude')];
    const good = firstGoodPoint(await contentsOfCsv(path.join(cwd, 'out', 'sheet.results.csv')));
    for (const row of [2, 3]) {
      sheet.getRow(row).getCell(latitude).value = good.latitude;
      sheet.getRow(row).getCell(longitude).value = good.longitude;
    }
    await book.xlsx.writeFile(failed);

    const end = await run('run', 'desilting', failed, '--json');
    expect(end.exitCode, end.stderr + end.stdout).toBe(0);
    const corrected = JSON.parse(end.stdout);
    expect(corrected.counts).toMatchObject({ total: 2, completed: 2 });
    const shown = JSON.parse((await run('batch', 'show', corrected.batch, '--json')).stdout);
    expect(shown.replaces).toMatch(/^b_/);
    const log = await run(
      'batch',
      'log',
      shown.replaces,
      '--state',
      'failed',
      '--state',
      'invalid',
      '--jsonl',
    );
    const reasons = log.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).reason);
    expect(reasons).toHaveLength(2);
    for (const reason of reasons) expect(reason).toContain(`replaced by a row of ${corrected.batch}`);
  });
});

describe('the backends', () => {
  afterAll(() => seen.clear());
  it('agree on counts, failures and every file that holds no time or id', () => {
    expect(seen.size).toBeGreaterThan(0);
    const [[, first], ...others] = [...seen] as [[string, unknown], ...[string, unknown][]];
    for (const [name, other] of others) expect(other, name).toEqual(first);
  });
});

/** Hashes of the CSV and GeoJSON files, and the cells of the workbooks, by file name. */
async function contents(folder: string): Promise<Record<string, unknown>> {
  const found: Record<string, unknown> = {};
  for (const name of readdirSync(folder).sort()) {
    const file = path.join(folder, name);
    if (/\.(csv|geojson)$/.test(name))
      found[name] = createHash('sha256').update(readFileSync(file)).digest('hex');
    if (name.endsWith('.xlsx')) found[name] = await cellsOf(file);
  }
  return found;
}

async function cellsOf(file: string): Promise<string[]> {
  const book = new ExcelJS.Workbook();
  await book.xlsx.readFile(file);
  return book.worksheets
    .filter(({ state }) => state === 'visible')
    .flatMap((sheet) => {
      const rows: string[] = [];
      sheet.eachRow((row, number) => rows.push(`${sheet.name}!${number}: ${JSON.stringify(row.values)}`));
      return rows;
    });
}

async function contentsOfCsv(file: string): Promise<Record<string, string>[]> {
  const { parse } = await import('csv-parse/sync');
  return parse(readFileSync(file), { columns: true, bom: true });
}

/** A water pixel: a point that certainly has water near. */
function firstGoodPoint(rows: Record<string, string>[]): { latitude: number; longitude: number } {
  const row = rows.find(({ water_latitude: latitude }) => latitude !== '' && latitude !== undefined)!;
  return { latitude: Number(row.water_latitude), longitude: Number(row.water_longitude) };
}
