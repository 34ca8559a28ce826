/** `jobs events --follow` outlives a restart of the backend: it says so, and tells every event once. */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import type { EventLine } from '../../src/operate/event-lines.js';
import { describeOnBackend, type TestBackend } from '../helpers/backends.js';
import { collect, killStartedJobs, runJobs, startJobs } from '../helpers/jobs.js';
import { newProject } from '../helpers/project.js';
import { JOURNAL, journalOf, sheetOf, until } from './journal.js';
import { newPostgres, newRedis, type PrivateServer } from './private-servers.js';

const ROWS = 60;

describeOnBackend('redis', 'a follower of events whose Redis is restarted', (backend) => {
  itGoesOn(backend, newRedis, (url) => ({ DATABASE_URL: backend.databaseUrl!, REDIS_URL: url }), /Redis at/);
});

describeOnBackend('postgres', 'a follower of events whose PostgreSQL is restarted', (backend) => {
  itGoesOn(backend, newPostgres, (url) => ({ DATABASE_URL: url }), /postgres:\/\//);
});

function itGoesOn(
  backend: TestBackend,
  newServer: () => Promise<PrivateServer>,
  envOf: (url: string) => Record<string, string>,
  names: RegExp,
): void {
  let server: PrivateServer;
  beforeAll(async () => {
    server = await newServer();
    await server.start();
  });
  afterEach(killStartedJobs);
  afterAll(() => server?.remove());

  it('says so, goes on, and tells every event once', async () => {
    const project = newProject(backend, { journal: JOURNAL });
    const journal = project.write('journal.txt', '');
    const sheet = project.write('rows.csv', sheetOf(ROWS));
    const place = { cwd: backend.folder, env: { ...envOf(server.url), JOBS_LEASE_MS: '2000' } };
    const follower = startJobs(['events', '--follow', '--jsonl', '--since', '1h'], place);
    const stream = path.join(backend.folder, 'events.jsonl');
    writeFileSync(stream, '');
    follower.stdout!.on('data', (text: string) => writeFileSync(stream, text, { flag: 'a' }));
    let said = '';
    follower.stderr!.on('data', (text: string) => {
      said += text;
    });
    const ended = collect(follower);
    const read = (): EventLine[] =>
      readFileSync(stream, 'utf8')
        .split('\n')
        .slice(0, -1)
        .map((line) => JSON.parse(line) as EventLine);

    const running = startJobs(
      [
        'run',
        'journal',
        sheet,
        '--set',
        `file=${journal}`,
        '--set',
        'ms=100',
        '--concurrency',
        '4',
        '--quiet',
      ],
      place,
    );
    const runEnded = collect(running);
    await until('rows run', () => journalOf(journal).length >= 12, 60_000);
    await until('events are told', () => read().length > 0);
    await server.kill();
    await until('the follower says so', () => names.test(said));
    await server.start();
    expect((await runEnded).exitCode).toBe(5);
    await until('the end is told', () => read().some(({ type }) => type === 'batch-finished'), 60_000);
    const all = await runJobs(['events', '--jsonl', '--since', '1h'], place);
    expect(all).toMatchObject({ exitCode: 0, stderr: '' });
    const kept = all.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as EventLine);
    await until('all is told', () => read().length >= kept.length, 60_000);
    follower.kill('SIGINT');
    const { exitCode, stderr } = await ended;
    const told = read();

    expect(exitCode).toBe(130);
    expect(stderr).toMatch(/is back/);
    expect(stderr).toMatch(/To go on: jobs events --follow --from \S+\n$/);
    const key = ({ type, job, batch, worker, at }: EventLine) => [type, job, batch, worker, at].join(' ');
    expect(told.map(({ type }) => type)).not.toContain('gap');
    expect(told.map(key).sort()).toEqual(kept.map(key).sort());
    expect(new Set(told.map(({ cursor }) => cursor)).size).toBe(told.length);
    const completed = told.filter(
      ({ type, row }) => (type === 'completed' || type === 'failed') && row !== null,
    );
    expect(new Set(completed.map(({ row }) => row)).size).toBe(ROWS);
  }, 240_000);
}
