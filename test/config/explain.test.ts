// biome-ignore-all lint/suspicious/noTemplateCurlyInString: ${VAR} is what a config file says
import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { loadConfig } from '../../src/config/load.js';
import { UsageError } from '../../src/core/error.js';
import { makeProject } from './project.js';

const FILE = `{
  "database": "file:url",
  "storage": "\${FOLDER:-artifacts}",
  "queues": { "reports": { "limit": "60/m" } },
  "limits": { "api.v2": "10/s" },
  "schedules": { "nightly": { "task": "t", "every": "1h", "input": { "token": "hunter2", "mail": "\${API_KEY}" } } },
  "data": { "lulc": { "files": "*.tif", "password": "hunter2" } }
}`;

async function loaded(env: NodeJS.ProcessEnv = {}, flags = {}) {
  const root = makeProject({ 'jobs.config.json': FILE, url: 'postgres://jobs:hunter2@db/jobs' });
  return { root, ...(await loadConfig({ cwd: root, env: { API_KEY: 'hunter2', ...env }, flags })) };
}

describe('explaining a key', () => {
  test('names the file and line that gave it', async () => {
    const { root, explain } = await loaded();
    expect(explain('queues.reports.limit')).toMatchObject({
      value: '60/m',
      from: 'file',
      source: `${root}/jobs.config.json:4`,
      description: 'Jobs per duration over all workers together.',
      overridden: [],
    });
  });

  test('names the variable, what it overrides, and every variable that could set it', async () => {
    const { root, explain } = await loaded({ DATABASE_URL: 'postgres://x:hunter2@y/z' });
    expect(explain('database')).toMatchObject({
      value: 'postgres://x:***@y/z',
      from: 'environment',
      source: 'DATABASE_URL',
      overridden: [
        { from: 'file', source: `${root}/jobs.config.json:2`, value: 'postgres://jobs:***@db/jobs' },
      ],
      variables: ['JOBS_DATABASE', 'DATABASE_URL'],
    });
  });

  test('names the flag', async () => {
    const { explain } = await loaded({ JOBS_STORAGE: 'b' }, { storage: 'a' });
    expect(explain('storage')).toMatchObject({ value: 'a', from: 'flag', source: '--storage' });
    expect(explain('storage').overridden.map(({ from, value }) => [from, value])).toEqual([
      ['environment', 'b'],
      ['file', 'artifacts'],
    ]);
  });

  test('says when it is a default, and of what is not set that it is nothing', async () => {
    const { explain } = await loaded();
    expect(explain('retention.completed.age')).toMatchObject({
      value: '7d',
      from: 'default',
      source: 'built in',
    });
    expect(explain('queue')).toMatchObject({ value: null, from: 'default' });
    expect(explain('intake')).toMatchObject({
      from: 'default',
      value: { maxRatio: 200, maxUncompressedBytes: '4GB' },
    });
  });

  test('takes names that hold a dot', async () => {
    const { explain } = await loaded();
    expect(explain('limits.api.v2')).toMatchObject({ value: '10/s', from: 'file' });
  });

  test.each([
    ['databse', 'database'],
    ['retention.result', 'retention.results'],
    ['retention.completed.age.x', undefined],
  ])('%s is no key', async (key, nearest) => {
    const { explain } = await loaded();
    let thrown: unknown;
    try {
      explain(key);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(UsageError);
    expect((thrown as UsageError).code).toBe('CONFIG_KEY_UNKNOWN');
    if (nearest !== undefined) expect((thrown as UsageError).message).toContain(`did you mean ${nearest}?`);
  });
});

test('every key is listed, named ones as far as they are set, and each can be explained', async () => {
  const { keys, explain } = await loaded();
  expect(keys()).toEqual([
    'database',
    'queue',
    'tasks',
    'queues.reports.limit',
    'limits.api.v2',
    'schedules.nightly.task',
    'schedules.nightly.every',
    'schedules.nightly.input',
    'retention.completed.age',
    'retention.completed.count',
    'retention.results',
    'storage',
    'stateDir',
    'notify.webhook',
    'data.lulc',
    'intake.maxUncompressedBytes',
    'intake.maxEntries',
    'intake.maxRatio',
    'intake.maxCellLength',
    'intake.maxRows',
    'intake.maxColumns',
    'output.maxStyledBytes',
  ]);
  expect(keys().map((key) => explain(key).key)).toEqual(keys());
});

test('the whole description is JSON and holds no secret, nor does anything explained, nor the config when printed', async () => {
  const all = await loaded({ REDIS_URL: 'redis://:hunter2@cache/0' });
  const printed = [
    JSON.stringify(all.describe()),
    JSON.stringify(all.keys().map(all.explain)),
    JSON.stringify(all.explain('schedules')),
    JSON.stringify({ database: all.config.databaseUrl, queue: all.config.redisUrl }),
    inspect({ database: all.config.databaseUrl, queue: all.config.redisUrl }, { depth: 9 }),
  ].join('\n');
  expect(printed).not.toContain('hunter2');
  expect(all.describe()).toMatchObject({
    root: all.root,
    values: { database: 'postgres://jobs:***@db/jobs', queue: 'redis://:***@cache/0', storage: 'artifacts' },
  });
});
