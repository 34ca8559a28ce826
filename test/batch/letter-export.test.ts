import { readFileSync } from 'node:fs';
import path from 'node:path';
import ExcelJS from 'exceljs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Toolkit } from '../../src/toolkit.js';
import { until } from '../faults/journal.js';
import { describeOnEachBackend } from '../helpers/backends.js';
import { collect, newProject, request, runToEnd, type TestProject } from '../helpers/project.js';
import { FRAGILE, numberSheet, setSwitch } from './fragile-task.js';

describeOnEachBackend('dead letters that are exported', (backend) => {
  let project: TestProject;
  let toolkit: Toolkit;
  let first = '';
  let second = '';
  const at = (name: string) => path.join(project.folder, name);

  beforeAll(async () => {
    project = newProject(backend, { fragile: FRAGILE });
    project.write('journal.txt', '');
    toolkit = await project.open();
    setSwitch(project, 'down');
    first = await run(numberSheet(project, 'first.csv', [1, 10, 2, 11, 3]));
    second = await run(numberSheet(project, 'second.csv', [12, 4]));
    const worker = await toolkit.startWorker({});
    const job = await toolkit.enqueue({
      task: 'fragile',
      input: { n: 13, note: '=1+1' },
      options: options(),
    });
    await until('the job has failed', async () => {
      return (await toolkit.queues.find('fragile', job.id))?.state === 'failed';
    });
    await worker.stop(5_000);
  });
  afterAll(() => toolkit?.close());

  const options = () => ({ folder: project.folder });
  const run = (file: string, sheet?: string) =>
    runToEnd(
      toolkit,
      request('fragile', file, { options: options(), ...(sheet === undefined ? {} : { sheet }) }),
    );
  const load = async (file: string) => {
    const workbook = new ExcelJS.Workbook();
    await workbook.xlsx.readFile(file);
    return workbook;
  };

  it('have a sheet for each batch and for jobs of none, with the reason on the cell to blame', async () => {
    const exported = await toolkit.deadLetters.export({}, at('failed.xlsx'));
    expect(exported).toMatchObject({ letters: 4, file: { kind: 'dead-letters', path: at('failed.xlsx') } });
    const byName = new Map(exported.sheets.map((sheet) => [sheet.name, sheet]));
    expect([...byName.keys()].sort()).toEqual(['first.csv', 'fragile', 'second.csv']);
    expect(byName.get('first.csv')).toMatchObject({
      batch: first,
      task: 'fragile',
      run: `jobs run fragile ${at('failed.xlsx')} --sheet first.csv --set folder=${project.folder}`,
    });
    const workbook = await load(at('failed.xlsx'));
    const sheet = workbook.getWorksheet('first.csv')!;
    expect(
      sheet
        .getSheetValues()
        .slice(1)
        .map((line) => (line as unknown[])[1]),
    ).toEqual(['n', '10', '11']);
    expect(JSON.stringify(sheet.getCell('A2').note)).toContain('upstream answered 503 to 10');
    expect(workbook.getWorksheet('fragile')!.getRow(2).values).toEqual([undefined, 13, '=1+1']);
  });

  it('replace the rows that failed when they are corrected and run again, each sheet those of its batch', async () => {
    const workbook = await load(at('failed.xlsx'));
    workbook.getWorksheet('first.csv')!.getCell('A2').value = 5;
    workbook.getWorksheet('second.csv')!.getCell('A2').value = 6;
    await workbook.xlsx.writeFile(at('corrected.xlsx'));
    const corrected = await run(at('corrected.xlsx'), 'first.csv');
    expect(await toolkit.batch(corrected)).toMatchObject({
      replaces: first,
      counts: { total: 2, completed: 1, failed: 1 },
    });
    const rows = await collect(toolkit.rows(first));
    expect(
      rows
        .filter(({ state }) => state === 'failed')
        .map(({ number, reason }) => [number, reason?.includes(corrected)]),
    ).toEqual([
      [3, true],
      [5, true],
    ]);
    expect(await toolkit.deadLetters.count({ batch: first })).toBe(0);
    expect(await toolkit.deadLetters.count({ batch: corrected })).toBe(1);
    expect((await toolkit.deadLetters.show(`${first}-3`)).state).toBe('replaced');
    expect(await toolkit.deadLetters.replay({ ids: [`${first}-3`] })).toMatchObject({
      replayed: 0,
      refused: [{ reason: expect.stringMatching(/corrected in a workbook/) }],
    });

    const other = await run(at('corrected.xlsx'), 'second.csv');
    expect(await toolkit.batch(other)).toMatchObject({
      replaces: second,
      counts: { total: 1, completed: 1 },
    });
    expect(await toolkit.deadLetters.count({ batch: second })).toBe(0);
  });

  it('are one JSON document a line, selected as in a list', async () => {
    const exported = await toolkit.deadLetters.export({ where: 'n = 13' }, at('failed.jsonl'));
    expect(exported).toMatchObject({ letters: 1, sheets: [] });
    const lines = readFileSync(at('failed.jsonl'), 'utf8').trim().split('\n');
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { task: 'fragile', input: { n: 13, note: '=1+1' }, code: 'DOWN' },
    ]);
  });

  it('are not written where there are none, onto an input, or under a name of another kind', async () => {
    expect(await toolkit.deadLetters.export({ task: 'nothing' }, at('none.xlsx'))).toEqual({
      file: null,
      letters: 0,
      sheets: [],
    });
    await expect(toolkit.deadLetters.export({}, at('failed.pdf'))).rejects.toMatchObject({
      code: 'EXPORT_FORMAT',
    });
    await expect(toolkit.deadLetters.export({}, at('corrected.xlsx'))).rejects.toMatchObject({
      code: 'OUTPUT_IS_INPUT',
    });
  });
});
