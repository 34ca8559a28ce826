import { Flags } from '@oclif/core';
import { BaseCommand } from '../src/cli/base-command.js';
import { durationFlag } from '../src/cli/duration-flag.js';

export default class Conformance extends BaseCommand {
  static override summary = 'Try to break the promises of this project on your own backend';
  static override description =
    `Kills, freezes and cuts off real workers while they run jobs, then reconciles what producers, tasks and operators
wrote down with the ledger and the queue. Everything happens in a throw-away place: a database of its own on your
PostgreSQL, keys of its own in your Redis, a folder. Your servers are not harmed: faults that would are left out, and named.
Exit 0 when every promise was kept, 5 when one was broken.`;
  static override examples = [
    '<%= config.bin %> conformance',
    '<%= config.bin %> conformance --jobs 200 --outage 5s --out conformance.md',
    '<%= config.bin %> conformance --only kill-mid-run --only frozen-past-lease --seed 4711',
  ];
  static override flags = {
    jobs: Flags.integer({
      description: 'Jobs of each fault [default: 1000]',
      min: 40,
      env: 'JOBS_JOBS',
    }),
    outage: durationFlag({
      description: 'How long servers are away and processes are frozen [default: 40s]',
      env: 'JOBS_OUTAGE',
    }),
    lease: durationFlag({ description: 'Lease of a job [default: 15s]', env: 'JOBS_LEASE' }),
    seed: Flags.integer({ description: 'The same seed does the same again', min: 0, env: 'JOBS_SEED' }),
    only: Flags.string({
      description: 'Name of a fault; repeat for more',
      helpValue: 'NAME',
      multiple: true,
      multipleNonGreedy: true,
      delimiter: ',',
      default: [],
      env: 'JOBS_ONLY',
    }),
    out: Flags.string({
      description: 'Write the report here too: Markdown, or JSON when it ends in .json',
      helpValue: 'FILE',
      env: 'JOBS_OUT',
    }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(Conformance);
    const { config } = await this.loadConfig(flags);
    const { conformanceView } = await import('../src/cli/conformance-view.js');
    const { jobs, outage: outageMs, lease: leaseMs } = flags;
    const given = Object.entries({ jobs, outageMs, leaseMs }).filter(([, value]) => value !== undefined);
    process.exitCode = await conformanceView({
      ...flags,
      target: { databaseUrl: config.databaseUrl?.reveal(), redisUrl: config.redisUrl?.reveal() },
      label: [config.databaseUrl?.describeUrl() ?? 'the embedded database', config.redisUrl?.describeUrl()]
        .filter((name) => name !== undefined)
        .join(' and '),
      sizes: Object.fromEntries(given),
    });
  }
}
