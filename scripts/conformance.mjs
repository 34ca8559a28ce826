/**
 * `npm run conformance -- --backend pglite|postgres|redis`: the fault suite on servers of its own, which it may harm.
 * The same as `jobs conformance`, which runs on yours and does not harm them.
 */
import { parseArgs } from 'node:util';
import { createJiti } from 'jiti';
import { build, isStale } from './build.mjs';

const jiti = createJiti(import.meta.url);
/** @type {typeof import('../test/conformance/harmable.js')} */
const { newHarmablePostgres, newHarmableRedis } = await jiti.import('../test/conformance/harmable.ts');
/** @type {typeof import('../src/cli/conformance-view.js')} */
const { conformanceView } = await jiti.import('../src/cli/conformance-view.ts');
/** @type {typeof import('../src/cli/exit-code.js')} */
const { exitCodeOf } = await jiti.import('../src/cli/exit-code.ts');
/** @type {typeof import('../src/core/duration.js')} */
const { parseDuration } = await jiti.import('../src/core/duration.ts');

const LABELS = {
  pglite: 'the embedded database',
  postgres: 'a private PostgreSQL',
  redis: 'a private Redis, with a private PostgreSQL for the ledger',
};

const { values } = parseArgs({
  options: {
    backend: { type: 'string' },
    jobs: { type: 'string' },
    outage: { type: 'string' },
    lease: { type: 'string' },
    seed: { type: 'string' },
    only: { type: 'string', default: '' },
    out: { type: 'string' },
    json: { type: 'boolean', default: false },
    quiet: { type: 'boolean', default: false },
  },
});

const backend = /** @type {keyof typeof LABELS} */ (values.backend);
if (!(backend in LABELS)) {
  console.error(
    'npm run conformance -- --backend pglite|postgres|redis [--jobs N] [--outage 40s] [--seed N] [--only NAME,…] [--out FILE]',
  );
  process.exit(2);
}
if (isStale()) build();

const postgres = backend === 'pglite' ? undefined : await newHarmablePostgres();
const redis = backend === 'redis' ? await newHarmableRedis() : undefined;
const number = (/** @type {string | undefined} */ text) => (text === undefined ? undefined : Number(text));
const duration = (/** @type {string | undefined} */ text) =>
  text === undefined ? undefined : parseDuration(text);
const sizes = {
  jobs: number(values.jobs),
  outageMs: duration(values.outage),
  leaseMs: duration(values.lease),
};
try {
  process.exitCode = await conformanceView({
    target: { databaseUrl: postgres?.url, redisUrl: redis?.url },
    servers: { postgres, redis },
    label: LABELS[backend],
    sizes: Object.fromEntries(Object.entries(sizes).filter(([, value]) => value !== undefined)),
    seed: number(values.seed),
    only: values.only === '' ? [] : values.only.split(','),
    out: values.out,
    json: values.json,
    quiet: values.quiet,
  });
} catch (error) {
  console.error(error);
  process.exitCode = exitCodeOf(error);
} finally {
  await redis?.remove();
  await postgres?.remove();
}
