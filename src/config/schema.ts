/** Every key a config may have: meaning, default, example. One long file, as it is the one source of checks, types and editor schema. */
import { z } from 'zod';
import { parseDuration } from '../core/duration.js';
import { PRIORITIES } from '../core/priority.js';
import { RATE_PATTERN } from '../core/rate.js';
import { isTimeZone } from '../core/time-zone.js';
import { Secret } from './secret.js';
import { parseSize, SIZE_PATTERN } from './size.js';

const OVERLAPS = ['skip', 'queue', 'cancel', 'allow'] as const;
const MISSED = ['none', 'one', 'all'] as const;

/** `error` is what was expected, in words that follow "expected". */
const text = (error: string) => z.string({ error }).min(1, { error });

const secretUrl = (schemes: readonly string[]) => {
  const error = `a URL that begins with ${schemes.map((scheme) => `${scheme}://`).join(' or ')}`;
  const pattern = new RegExp(`^(?:${schemes.join('|')})://`);
  return z
    .string({ error })
    .regex(pattern, { error })
    .transform((url) => new Secret(url));
};

const duration = () => {
  const error = 'a duration such as 90s, 10m, 2h or 7d';
  return z
    .string({ error })
    .regex(/^\d+(?:\.\d+)?\s*(?:ms|s|m|h|d)$/, { error })
    .transform(parseDuration);
};

const count = () => {
  const error = 'a whole number from 1';
  return z
    .union([z.int({ error }).min(1, { error }), z.string({ error }).regex(/^[1-9]\d{0,14}$/, { error })], {
      error,
    })
    .transform(Number);
};

const size = () => {
  const error = 'a size such as 20MB, 4GB or a number of bytes';
  return z
    .union([z.int({ error }).min(1, { error }), z.string({ error }).regex(SIZE_PATTERN, { error })], {
      error,
    })
    .transform((value) => (typeof value === 'number' ? value : parseSize(value)!));
};

const moment = () => {
  const error = 'a time such as 2027-06-01T00:00:00+05:30';
  return z.iso.datetime({ offset: true, error }).transform((text) => new Date(text));
};

const rate = () => {
  const error = 'a rate such as 60/m, 10/s, 100/10m, or none';
  return z.string({ error }).regex(RATE_PATTERN, { error });
};

const group = <Shape extends z.core.$ZodLooseShape>(shape: Shape) =>
  z.strictObject(shape, { error: expectGroup(`an object with ${Object.keys(shape).join(', ')}`) });

const named = <Value extends z.ZodType>(what: string, value: Value) =>
  z.record(z.string(), value, { error: expectGroup(`an object of ${what} by name`) });

/** Unknown keys keep zod's own issue, which says which; anything else about a group is that it is no group. */
function expectGroup(expected: string) {
  return (issue: { code: string }) => (issue.code === 'unrecognized_keys' ? undefined : expected);
}

const paths = (what: string) => {
  const error = `a path or glob of ${what}, or a list of them`;
  return z.union([text(error), z.array(text(error), { error })], { error });
};

const dataEntry = z.union(
  [
    text('a path'),
    z.array(text('a path')).min(1),
    z.looseObject({ files: z.union([text('a path'), z.array(text('a path')).min(1)]) }),
  ],
  { error: 'a path or glob, a list of them, or { files: …, and settings }' },
);

const queueSettings = group({
  concurrency: count()
    .optional()
    .meta({ description: 'Jobs of this queue that one worker runs at once.', examples: [4] }),
  limit: rate()
    .optional()
    .meta({ description: 'Jobs per duration over all workers together.', examples: ['60/m'] }),
  priority: z
    .enum(PRIORITIES, { error: `one of ${PRIORITIES.join(', ')}` })
    .optional()
    .meta({ description: 'Priority of jobs that name none.', examples: ['high'] }),
});

const TIME_ZONE = 'a time zone such as Asia/Kolkata';
/** Workers look once a second. */
const SHORTEST_EVERY_MS = 1000;

const schedule = group({
  task: text('the name of a task').meta({ description: 'The task to run.', examples: ['files.cleanup-old'] }),
  cron: text('a cron expression such as 0 2 * * *')
    .optional()
    .meta({ description: 'When, as a cron expression.', examples: ['0 2 * * *'] }),
  every: duration()
    .refine((everyMs) => everyMs >= SHORTEST_EVERY_MS, { error: 'a duration from 1s' })
    .optional()
    .meta({
      description: 'How often, instead of cron: counted from start, or from 1970-01-01 00:00 UTC.',
      examples: ['15m'],
    }),
  tz: text(TIME_ZONE)
    .refine(isTimeZone, { error: TIME_ZONE })
    .optional()
    .meta({
      description: 'Time zone of cron. Default: UTC, whatever the clock of the machine shows.',
      examples: ['Asia/Kolkata'],
    }),
  input: z
    .record(z.string(), z.unknown(), { error: 'an object' })
    .optional()
    .meta({ description: 'The job’s input.', examples: [{}] }),
  options: z
    .record(z.string(), z.unknown(), { error: 'an object' })
    .optional()
    .meta({ description: 'The task’s options.', examples: [{}] }),
  queue: text('the name of a queue')
    .optional()
    .meta({ description: 'Queue of the job, instead of the task’s.', examples: ['nightly'] }),
  priority: z
    .enum(PRIORITIES, { error: `one of ${PRIORITIES.join(', ')}` })
    .optional()
    .meta({ description: 'Priority of the job.', examples: ['low'] }),
  start: moment()
    .optional()
    .meta({ description: 'Not before this time.', examples: ['2027-06-01T00:00:00+05:30'] }),
  end: moment()
    .optional()
    .meta({ description: 'Not after this time.', examples: ['2027-10-31T23:59:00+05:30'] }),
  maxRuns: count()
    .optional()
    .meta({ description: 'Ends after so many runs.', examples: [30] }),
  jitter: duration()
    .optional()
    .meta({
      description: 'A random delay up to this, so that many schedules do not start at once.',
      examples: ['5m'],
    }),
  overlap: z
    .enum(OVERLAPS, { error: `one of ${OVERLAPS.join(', ')}` })
    .prefault('skip')
    .meta({
      description:
        'When the run before still goes on: skip this one, queue it behind, cancel the one before, or allow both.',
      examples: ['queue'],
    }),
  missed: z
    .enum(MISSED, { error: `one of ${MISSED.join(', ')}` })
    .prefault('one')
    .meta({
      description:
        'Times that passed while no worker ran: run none of them, the last one, or all within missedWindow.',
      examples: ['all'],
    }),
  missedWindow: duration()
    .prefault('1d')
    .meta({ description: 'Missed times older than this are left out.', examples: ['6h'] }),
})
  .refine(({ cron, every }) => (cron === undefined) !== (every === undefined), {
    error: 'either cron or every, and not both',
  })
  .refine(({ start, end }) => start === undefined || end === undefined || start <= end, {
    error: 'a time that is not before start',
    path: ['end'],
  });

const retention = group({
  completed: group({
    age: duration()
      .prefault('7d')
      .meta({ description: 'How long completed jobs stay in the queue.', examples: ['7d'] }),
    count: count()
      .prefault(10_000)
      .meta({ description: 'How many completed jobs stay in the queue.', examples: [10_000] }),
  })
    .prefault({})
    .meta({ description: 'Completed jobs.', examples: [{ age: '7d', count: 10_000 }] }),
  results: duration()
    .prefault('30d')
    .meta({
      description: 'How long the rows and artifacts of a finished batch are kept.',
      examples: ['30d'],
    }),
});

const intake = group({
  maxUncompressedBytes: size()
    .prefault('4GB')
    .meta({ description: 'Uncompressed size of a workbook.', examples: ['4GB'] }),
  maxEntries: count()
    .prefault(10_000)
    .meta({ description: 'Files inside a workbook.', examples: [10_000] }),
  maxRatio: count()
    .prefault(200)
    .meta({ description: 'Uncompressed over compressed size of a file inside a workbook.', examples: [200] }),
  maxCellLength: count()
    .prefault(32_767)
    .meta({ description: 'Characters in one cell.', examples: [32_767] }),
  maxRows: count()
    .prefault(2_000_000)
    .meta({ description: 'Data rows.', examples: [100_000] }),
  maxColumns: count()
    .prefault(1000)
    .meta({ description: 'Columns.', examples: [200] }),
});

const output = group({
  maxStyledBytes: size()
    .prefault('20MB')
    .meta({
      description: 'Workbooks up to this size keep their styles; larger ones are written as a plain copy.',
      examples: ['50MB'],
    }),
});

export const configSchema = group({
  $schema: z
    .string()
    .optional()
    .meta({ description: 'Where an editor finds this schema.', examples: ['./jobs.schema.json'] }),
  database: secretUrl(['postgres', 'postgresql'])
    .optional()
    .meta({
      description: 'PostgreSQL that holds the ledger. Default: an embedded database in stateDir.',
      // biome-ignore lint/suspicious/noTemplateCurlyInString: written so in a config
      examples: ['postgres://jobs@localhost/jobs', '${DATABASE_URL}', 'file:/run/secrets/database-url'],
    }),
  queue: secretUrl(['redis', 'rediss'])
    .optional()
    .meta({
      description: 'Redis or Valkey that holds the jobs. Default: the database holds them.',
      // biome-ignore lint/suspicious/noTemplateCurlyInString: written so in a config
      examples: ['redis://localhost:6379', '${REDIS_URL:-redis://localhost}'],
    }),
  tasks: paths('task files')
    .optional()
    .meta({
      description: 'Your task files. Default: those in tasks/ beside the config file, when there is one.',
      examples: [['tasks/**/*.ts']],
    }),
  queues: named('settings', queueSettings)
    .prefault({})
    .meta({
      description: 'Settings by queue.',
      examples: [{ reports: { concurrency: 4, limit: '60/m', priority: 'high' } }],
    }),
  limits: named('rates', rate())
    .prefault({})
    .meta({
      description: 'Shared rate limits by name: an account, a provider.',
      examples: [{ weatherxm: '100/m' }],
    }),
  schedules: named('schedules', schedule)
    .prefault({})
    .meta({
      description: 'Jobs that are added at set times, by name.',
      examples: [{ 'nightly-cleanup': { task: 'files.cleanup-old', cron: '0 2 * * *', tz: 'Asia/Kolkata' } }],
    }),
  retention: retention.prefault({}).meta({
    description: 'How long finished work is kept.',
    examples: [{ completed: { age: '7d', count: 10_000 }, results: '30d' }],
  }),
  storage: text('a folder')
    .optional()
    .meta({
      description: 'Folder of artifacts. Default: artifacts/ in stateDir.',
      examples: ['artifacts/'],
    }),
  stateDir: text('a folder')
    .prefault('.jobs')
    .meta({ description: 'Folder of the embedded database, its lock and its socket.', examples: ['.jobs'] }),
  notify: group({
    webhook: secretUrl(['http', 'https'])
      .optional()
      .meta({
        description: 'Gets a JSON message when a queue is paused by failures or a schedule is late.',
        examples: ['https://hooks.example.org/jobs'],
      }),
  })
    .prefault({})
    .meta({
      description: 'Who is told of what needs a person.',
      examples: [{ webhook: 'https://hooks.example.org/jobs' }],
    }),
  data: named('data entries', dataEntry)
    .prefault({})
    .meta({
      description:
        'Files that tasks read, by name: a path, a glob, a list, or { files, and settings }. Relative to the config file.',
      examples: [
        { lulc: { files: 'data/lulc/*.tif', classes: { water: [2, 3, 4] } }, mws: 'data/mws.geojson' },
      ],
    }),
  intake: intake
    .prefault({})
    .meta({ description: 'Guards on input files.', examples: [{ maxRows: 100_000 }] }),
  output: output
    .prefault({})
    .meta({ description: 'How results are written.', examples: [{ maxStyledBytes: '50MB' }] }),
}).meta({
  title: 'Sluice config',
  description: 'What `jobs` reads from jobs.config.ts, .jobsrc or package.json.',
});

/** A config as it is written in a file. */
export type ConfigInput = z.input<typeof configSchema>;
/** The same with defaults filled in, durations in milliseconds, sizes in bytes and URLs hidden in {@link Secret}s. */
export type ConfigValues = z.output<typeof configSchema>;

/** JSON Schema (draft 7) of a config as it is written, for editors. */
export function configJsonSchema(): Record<string, unknown> {
  const schema = z.toJSONSchema(configSchema, {
    target: 'draft-7',
    io: 'input',
    override: ({ zodSchema, jsonSchema }) => {
      const examples = z.globalRegistry.get(zodSchema)?.examples;
      if (examples !== undefined) jsonSchema.examples = examples as unknown[];
      if (jsonSchema.pattern !== undefined) jsonSchema.pattern += INTERPOLATED;
    },
  });
  return schema as Record<string, unknown>;
}

/** What may stand in place of a value of any pattern: `${VAR}` anywhere in it, or `file:` before a path. */
const INTERPOLATED = '|\\$\\{|^file:';
