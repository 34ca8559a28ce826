// biome-ignore-all lint/suspicious/noTemplateCurlyInString: ${VAR} is what a config file says
import path from 'node:path';
import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { loadConfig } from '../../src/config/load.js';
import { InputError } from '../../src/core/error.js';
import { makeProject, rejection } from './project.js';

/** The config at the end of CLI.md, word for word, but for its s3 remark. */
const CLI_EXAMPLE = `import { defineConfig } from 'sluice';
export default defineConfig({
  database: process.env.DATABASE_URL,            // default: embedded, .jobs/
  queue: process.env.REDIS_URL,                  // default: the database
  tasks: ['tasks/**/*.ts'],
  queues: { reports: { concurrency: 4, limit: '60/m', priority: 'high' }, waterbody: { concurrency: 2 } },
  limits: { 'weatherxm': '100/m' },
  schedules: { 'nightly-cleanup': { task: 'files.cleanup-old', cron: '0 2 * * *', tz: 'Asia/Kolkata', input: {}, overlap: 'skip' } },
  retention: { completed: { age: '7d', count: 10000 }, results: '30d' },
  storage: 'artifacts/',                         // or s3://bucket/prefix
  data: {                                        // what the geo tasks read; paths relative to the config
    lulc: { files: 'data/lulc/*.tif', classes: { water: [2, 3, 4] } },   // or just the glob: LULC v3 classes; year from the name
    mws: 'data/mws.geojson', waterbodies: 'data/waterbodies.geojson', dem: 'data/dem.tif',
  },
});
`;

const load = (cwd: string, env: NodeJS.ProcessEnv = {}, more = {}) => loadConfig({ cwd, env, ...more });

describe('without a config file', () => {
  test('everything has its default and paths start from the working directory', async () => {
    const root = makeProject({ 'tasks/a.ts': '' });
    const { config } = await load(root);
    expect(config).toMatchObject({
      root,
      file: undefined,
      databaseUrl: undefined,
      redisUrl: undefined,
      stateDir: path.join(root, '.jobs'),
      storageDir: path.join(root, '.jobs', 'artifacts'),
      taskFiles: [],
      data: {},
      retention: { completed: { ageMs: 604_800_000, count: 10_000 }, resultsMs: 2_592_000_000 },
      intake: {
        maxUncompressedBytes: 4e9,
        maxEntries: 10_000,
        maxRatio: 200,
        maxCellLength: 32_767,
        maxRows: 2_000_000,
        maxColumns: 1000,
      },
      output: { maxStyledBytes: 20_000_000 },
    });
  });
});

describe('a config file', () => {
  test('as CLI.md shows it loads outside any checkout, with sluice not installed', async () => {
    const root = makeProject({
      'jobs.config.ts': CLI_EXAMPLE,
      'tasks/b.ts': '',
      'tasks/a/a.ts': '',
      'data/lulc/lulc_2018.tif': '',
      'data/lulc/lulc_2017.tif': '',
      'data/mws.geojson': '',
    });
    const { config } = await load(root);
    expect(config.file).toBe(path.join(root, 'jobs.config.ts'));
    expect(config.databaseUrl).toBeUndefined();
    expect(config.taskFiles).toEqual([path.join(root, 'tasks/a/a.ts'), path.join(root, 'tasks/b.ts')]);
    expect(config.queues).toEqual({
      reports: { concurrency: 4, limit: '60/m', priority: 'high' },
      waterbody: { concurrency: 2 },
    });
    expect(config.storageDir).toBe(path.join(root, 'artifacts'));
    expect(config.data.lulc).toEqual({
      name: 'lulc',
      files: [path.join(root, 'data/lulc/lulc_2017.tif'), path.join(root, 'data/lulc/lulc_2018.tif')],
      settings: { classes: { water: [2, 3, 4] } },
      origin: `data.lulc (data/lulc/*.tif) in ${config.file}`,
    });
    expect(config.data.mws?.files).toEqual([path.join(root, 'data/mws.geojson')]);
    expect(config.data.dem?.files).toEqual([]);
  });

  const YAML = 'queues:\n  a:\n    concurrency: 3\n';
  const JSON_TEXT = '{"$schema": "./x.json", "queues": {"a": {"concurrency": 3}}}';
  test.each([
    ['jobs.config.mts', 'const n: number = 3; export default { queues: { a: { concurrency: n } } };'],
    ['jobs.config.js', 'module.exports = { queues: { a: { concurrency: 3 } } };'],
    ['jobs.config.js', 'export default Promise.resolve({ queues: { a: { concurrency: 3 } } });'],
    ['jobs.config.mjs', 'export default { queues: { a: { concurrency: 3 } } };'],
    ['jobs.config.cjs', 'module.exports = { queues: { a: { concurrency: 3 } } };'],
    ['jobs.config.json', JSON_TEXT],
    ['jobs.config.yaml', YAML],
    ['jobs.config.yml', YAML],
    ['.jobsrc', YAML],
    ['.jobsrc', JSON_TEXT],
    ['.jobsrc.json', JSON_TEXT],
    ['.jobsrc.yaml', YAML],
    ['.jobsrc.yml', YAML],
    ['package.json', `{"name": "x", "jobs": ${JSON_TEXT}}`],
  ])('may be %s', async (name, text) => {
    const root = makeProject({ [name]: text });
    const { config } = await load(root);
    expect(config.file).toBe(path.join(root, name));
    expect(config.queues).toEqual({ a: { concurrency: 3 } });
  });

  test('is found from a folder below, and paths start from where it lies', async () => {
    const root = makeProject({ 'jobs.config.json': '{"storage": "out"}', 'a/b/c.txt': '' });
    const { config } = await load(path.join(root, 'a', 'b'));
    expect(config.storageDir).toBe(path.join(root, 'out'));
  });

  test('of the project around this one is not taken', async () => {
    const root = makeProject({ 'jobs.config.json': '{"storage": "out"}', 'inner/package.json': '{}' });
    expect((await load(path.join(root, 'inner'))).config.file).toBeUndefined();
  });

  test('that is empty changes nothing', async () => {
    const root = makeProject({ 'jobs.config.yaml': '# nothing yet\n', 'tasks/a.ts': '' });
    expect((await load(root, {}, { file: 'jobs.config.yaml' })).config.queues).toEqual({});
  });

  test('brings the task files beside it, type declarations left out', async () => {
    const root = makeProject({
      'jobs.config.json': '{}',
      'tasks/a.ts': '',
      'tasks/sub/b.mjs': '',
      'tasks/a.d.ts': '',
      'tasks/note.md': '',
    });
    const { config } = await load(root);
    expect(config.taskFiles.map((file) => path.relative(root, file))).toEqual([
      'tasks/a.ts',
      'tasks/sub/b.mjs',
    ]);
  });

  test('named by --config wins over JOBS_CONFIG, which wins over the one that would be found', async () => {
    const root = makeProject({
      'jobs.config.json': '{"storage": "found"}',
      'env.json': '{"storage": "env"}',
      'flag.json': '{"storage": "flag"}',
    });
    const storage = async (env: NodeJS.ProcessEnv, more = {}) =>
      path.basename((await load(root, env, more)).config.storageDir);
    expect(await storage({})).toBe('found');
    expect(await storage({ JOBS_CONFIG: 'env.json' })).toBe('env');
    expect(await storage({ JOBS_CONFIG: 'env.json' }, { file: 'flag.json' })).toBe('flag');
  });

  test('is read anew each time', async () => {
    const root = makeProject({
      'jobs.config.ts': 'export default { storage: process.env.SLUICE_TEST_STORAGE };',
    });
    process.env.SLUICE_TEST_STORAGE = 'one';
    expect(path.basename((await load(root)).config.storageDir)).toBe('one');
    process.env.SLUICE_TEST_STORAGE = 'two';
    expect(path.basename((await load(root)).config.storageDir)).toBe('two');
    delete process.env.SLUICE_TEST_STORAGE;
  });
});

describe('values in a file', () => {
  const text = JSON.stringify({
    database: 'file:db-url',
    queue: 'redis://:${CACHE_PASSWORD}@cache:${CACHE_PORT:-6379}',
    queues: { '${QUEUE}': { concurrency: '${CONCURRENCY:-4}' } },
    data: { lulc: ['${FOLDER}/*.tif'] },
  });

  test('take ${VAR}, ${VAR:-x} and file:, and keys do not', async () => {
    const root = makeProject({ 'jobs.config.json': text, 'db-url': 'postgres://u:p@h/d\n', 'r/a.tif': '' });
    const { config } = await load(root, { CACHE_PASSWORD: 'pw', FOLDER: 'r', CONCURRENCY: '' });
    expect(config.databaseUrl?.reveal()).toBe('postgres://u:p@h/d');
    expect(config.redisUrl?.reveal()).toBe('redis://:pw@cache:6379');
    expect(config.queues).toEqual({ '${QUEUE}': { concurrency: 4 } });
    expect(config.data.lulc?.files).toEqual([path.join(root, 'r/a.tif')]);
  });

  test('that need a variable nobody set name the key and the variable', async () => {
    const root = makeProject({ 'jobs.config.json': text, 'db-url': 'postgres://h/d' });
    const error = await rejection<InputError>(load(root, { FOLDER: 'r' }));
    expect(error).toBeInstanceOf(InputError);
    expect(error.code).toBe('CONFIG_VARIABLE_MISSING');
    expect(error.message).toBe(
      `queue in ${root}/jobs.config.json needs the environment variable CACHE_PASSWORD, which is not set`,
    );
  });

  test('that are read from a missing file name the key and the path', async () => {
    const root = makeProject({ 'jobs.config.json': text });
    const error = await rejection<InputError>(load(root, { CACHE_PASSWORD: 'x', FOLDER: 'r' }));
    expect(error.code).toBe('CONFIG_SECRET_UNREADABLE');
    expect(error.message).toContain(`database in ${root}/jobs.config.json is to be read from ${root}/db-url`);
  });
});

describe('precedence', () => {
  test('is flag, environment, file, default, key by key', async () => {
    const root = makeProject({
      'jobs.config.json': JSON.stringify({
        storage: 'file',
        database: 'postgres://file/d',
        retention: { completed: { age: '1d', count: 5 } },
      }),
    });
    const cwd = path.join(root, 'sub');
    const env = {
      DATABASE_URL: 'postgres://usual/d',
      JOBS_STORAGE: 'env',
      JOBS_RETENTION_COMPLETED_AGE: '2d',
    };
    const { config } = await load(root, env);
    expect(config.databaseUrl?.reveal()).toBe('postgres://usual/d');
    expect(config.storageDir).toBe(path.join(root, 'env'));
    expect(config.retention).toEqual({
      completed: { ageMs: 172_800_000, count: 5 },
      resultsMs: 2_592_000_000,
    });

    const stronger = {
      ...env,
      JOBS_DATABASE: 'postgres://own/d',
      JOBS_INTAKE_MAX_ROWS: '10',
      JOBS_STATE_DIR: '/state',
    };
    const flagged = await load(cwd.replace(/\/sub$/, ''), stronger, {
      flags: { storage: 'flag', database: undefined },
    });
    expect(flagged.config.databaseUrl?.reveal()).toBe('postgres://own/d');
    expect(flagged.config.storageDir).toBe(path.join(root, 'flag'));
    expect(flagged.config.intake.maxRows).toBe(10);
    expect(flagged.config.stateDir).toBe('/state');
  });

  test('an empty variable and an undefined value say nothing', async () => {
    const root = makeProject({
      'jobs.config.ts': 'export default { database: process.env.SLUICE_NO_SUCH, storage: "s" };',
    });
    const { config } = await load(root, { DATABASE_URL: '', JOBS_STORAGE: '' });
    expect(config.databaseUrl).toBeUndefined();
    expect(path.basename(config.storageDir)).toBe('s');
  });
});

describe('a faulty config', () => {
  const fault = (files: Record<string, string>, env: NodeJS.ProcessEnv = {}, more = {}) =>
    rejection<InputError>(load(makeProject(files), env, more));

  test('with an unknown key names it, the nearest known one, the file and the line', async () => {
    const error = await fault({ 'jobs.config.json': '{\n "storage": "x",\n "databse": "postgres://h/d"\n}' });
    expect(error).toBeInstanceOf(InputError);
    expect(error.code).toBe('CONFIG_KEY_UNKNOWN');
    expect(error.message).toMatch(
      /^Unknown key databse in .*\/jobs\.config\.json:3; did you mean database\?$/,
    );
    expect(error.hint).toContain('database, queue, tasks');
  });

  test('with an unknown key deep inside names the whole path', async () => {
    const error = await fault({ 'jobs.config.yaml': 'queues:\n  reports:\n    concurency: 4\n' });
    expect(error.message).toMatch(
      /^Unknown key queues\.reports\.concurency in .*:3; did you mean queues\.reports\.concurrency\?$/,
    );
  });

  test('with a key that resembles none lists those that are known', async () => {
    const error = await fault({
      'jobs.config.ts': 'export default { retention: { completed: { zzzzzzzzzzz: 1 } } };',
    });
    expect(error.message).toMatch(/^Unknown key retention\.completed\.zzzzzzzzzzz in .*\/jobs\.config\.ts$/);
    expect(error.hint).toBe('Keys known in retention.completed: age, count');
  });

  test.each([
    [
      '{\n"queues": {"a": {\n"concurrency": "four"}}}',
      'queues.a.concurrency',
      ':3',
      'found "four"; expected a whole number from 1',
    ],
    ['{"queues": []}', 'queues', ':1', 'found a list of 0 items; expected an object of settings by name'],
    [
      '{"queues": {"a": {"limit": "often"}}}',
      'queues.a.limit',
      ':1',
      'found "often"; expected a rate such as 60/m',
    ],
    [
      '{"queues": {"a": {"priority": "top"}}}',
      'queues.a.priority',
      ':1',
      'found "top"; expected one of urgent, high, normal, low',
    ],
    [
      '{"retention": {"results": "30 days"}}',
      'retention.results',
      ':1',
      'found "30 days"; expected a duration such as',
    ],
    [
      '{"intake": {"maxUncompressedBytes": "huge"}}',
      'intake.maxUncompressedBytes',
      ':1',
      'expected a size such as 20MB',
    ],
    ['{"storage": null}', 'storage', ':1', 'found nothing (null); expected a folder'],
    ['{"tasks": [1]}', 'tasks', ':1', 'found a list of 1 item; expected a path or glob of task files'],
    [
      '{"data": {\n"lulc": {"file": "x"}}}',
      'data.lulc',
      ':2',
      'found an object with file; expected a path or glob, a list',
    ],
    [
      '{"schedules": {"n": {"cron": "* * * * *"}}}',
      'schedules.n.task',
      ':1',
      'found nothing (undefined); expected the name of a task',
    ],
    [
      '{"output": {"maxStyledBytes": "${NO_SIZE:-x}"}}',
      'output.maxStyledBytes',
      ':1',
      'found "${NO_SIZE:-x}"; expected a size',
    ],
  ])('%s is refused with key, place, found and expected', async (text, key, line, words) => {
    const error = await fault({ 'jobs.config.json': text });
    expect(error.code).toBe('CONFIG_VALUE_INVALID');
    expect(error.message).toContain(`${key} in `);
    expect(error.message).toContain(`jobs.config.json${line} cannot be used`);
    expect(error.message).toContain(words);
  });

  test('with several faults tells all of them at once', async () => {
    const error = await fault({ 'jobs.config.json': '{"storge": 1, "queues": {"a": {"concurrency": 0}}}' });
    expect(error.code).toBe('CONFIG_KEY_UNKNOWN');
    expect(error.message.split('\n')).toHaveLength(2);
    expect(error.details.faults).toMatchObject([
      { key: 'storge' },
      { key: 'queues.a.concurrency', found: '0' },
    ]);
  });

  test.each([
    [
      'jobs.config.ts',
      "import { defineConfig } from 'sluice';\nexport default defineConfig({\n  queues: ],\n});",
      ':3:11',
    ],
    ['jobs.config.json', '{\n  "queues": {},\n}', ':3:1'],
    ['jobs.config.yaml', 'queues:\n  a: [1,\nstorage: }', ':3:'],
    ['.jobsrc', 'queues: ]', ':1:9'],
    ['package.json', '{"jobs": {]}', ':1:11'],
  ])('%s with a syntax error names file, line and column', async (name, text, place) => {
    const error = await fault({ [name]: text });
    expect(error.code).toBe('CONFIG_SYNTAX');
    expect(error.message).toContain(`/${name}${place}`);
    expect(error.details.line).toEqual(expect.any(Number));
  });

  test('that throws says so, and where', async () => {
    const error = await fault({
      'jobs.config.ts': 'const nothing: any = undefined;\nexport default { storage: nothing.at };',
    });
    expect(error.code).toBe('CONFIG_BROKEN');
    expect(error.message).toMatch(
      /jobs\.config\.ts:2:\d+ stopped with an error: Cannot read properties of undefined/,
    );
  });

  test('that cannot find a file of its own is not taken for a missing config', async () => {
    const error = await fault({
      'jobs.config.ts':
        "import { readFileSync } from 'node:fs';\nexport default { storage: readFileSync('/no/such/file', 'utf8') };",
    });
    expect(error.code).toBe('CONFIG_BROKEN');
    expect(error.message).toContain('ENOENT');
  });

  test.each([
    ['export const config = {};', 'has no default export'],
    ['export default [];', 'holds a list of 0 items; expected an object of settings'],
    ['export default () => ({});', 'holds a function; expected an object of settings'],
  ])('%s is told what to export', async (text, words) => {
    const error = await fault({ 'jobs.config.ts': text });
    expect(error.code).toBe('CONFIG_VALUE_INVALID');
    expect(error.message).toContain(words);
  });

  test.each([
    ['nope.config.ts', 'there is no such file'],
    ['.', 'it is not a file'],
    ['jobs.toml', 'it ends in .toml'],
  ])('named %s by --config is not found: %s', async (file, words) => {
    const error = await fault({ 'jobs.toml': '' }, {}, { file });
    expect(error.code).toBe('CONFIG_NOT_FOUND');
    expect(error.message).toContain(words);
    expect(error.hint).toContain('--config');
  });

  test('with storage in S3 is told that this version has folders only, without the key in the URL', async () => {
    const error = await fault({ 'jobs.config.json': '{"storage": "s3://key:hunter2@bucket/prefix"}' });
    expect(error).toBeInstanceOf(InputError);
    expect(error.message).toContain('keeps artifacts in a folder only, not in s3');
    expect(`${error.message}${inspect(error)}`).not.toContain('hunter2');
  });

  test('from the environment names the variable', async () => {
    const error = await fault({}, { DATABASE_URL: 'mysql://u:hunter2@h/d' });
    expect(error.message).toBe(
      'database in the environment variable DATABASE_URL cannot be used: found mysql://u:***@h/d; expected a URL that begins with postgres:// or postgresql://',
    );
  });
});

test('no secret is in any error about it', async () => {
  const attempts: [Record<string, string>, NodeJS.ProcessEnv][] = [
    [{ 'jobs.config.json': '{"database": "hunter2"}' }, {}],
    [{ 'jobs.config.json': '{"database": ["postgres://u:hunter2@h/d"]}' }, {}],
    [{ 'jobs.config.json': '{"database": {"url": "postgres://u:hunter2@h/d"}}' }, {}],
    [{ 'jobs.config.json': '{"queue": "file:pw"}', pw: 'hunter2' }, {}],
    [{ 'jobs.config.json': '{"queues": {"a": {"limit": "${PW}"}}}' }, { PW: 'hunter2' }],
    [{ 'jobs.config.json': '{"tasks": 4, "storage": {"password": "hunter2"}}' }, {}],
    [{ 'jobs.config.ts': 'throw new Error("cannot connect to redis://:hunter2@h")' }, {}],
    [{}, { REDIS_URL: 'hunter2' }],
  ];
  for (const [files, env] of attempts) {
    const { message, hint, details } = await rejection<InputError>(load(makeProject(files), env));
    expect(`${message}${hint}${inspect(details, { depth: 9 })}${JSON.stringify(details)}`).not.toContain(
      'hunter2',
    );
  }
});
