/**
 * What PostgreSQL's background processes do on a server and nobody does in PGlite: checkpoints, without which the log grows
 * without end, and vacuum and analyze of the tables that changed. Runs between statements, one table at a time.
 */
import type { Engine } from './engine.js';

const PERIOD_MS = 10_000;
const CHECKPOINT_AFTER_BYTES = 32 * 1024 * 1024;

/** As autovacuum's defaults: 50 rows and a fifth of the table dead, or a tenth changed since it was analyzed. */
const NEEDY_TABLES = `
  SELECT format('%I.%I', schemaname, relname) AS name
    FROM pg_stat_user_tables
   WHERE n_dead_tup > 50 + 0.2 * n_live_tup OR n_mod_since_analyze > 50 + 0.1 * n_live_tup
   ORDER BY n_dead_tup DESC LIMIT 20`;

/** Returns the way to stop; what runs then is waited for. */
export function startHousekeeping(engine: Engine): () => Promise<void> {
  let seen = engine.statements;
  let running: Promise<void> = Promise.resolve();
  let isStopped = false;

  async function keepHouse(): Promise<void> {
    await checkpointIfDue(engine);
    const tables = await engine.execute(undefined, NEEDY_TABLES);
    for (const [name] of tables.rows) {
      if (isStopped) return;
      await engine.execute(undefined, `VACUUM (ANALYZE) ${name}`);
    }
    seen = engine.statements;
  }

  const timer = setInterval(() => {
    if (engine.statements === seen) return;
    seen = engine.statements;
    running = running.then(() => keepHouse().catch(() => undefined));
  }, PERIOD_MS);
  timer.unref();

  return () => {
    isStopped = true;
    clearInterval(timer);
    return running;
  };
}

async function checkpointIfDue(engine: Engine): Promise<void> {
  const { rows } = await engine.execute(
    undefined,
    `SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), redo_lsn) > ${CHECKPOINT_AFTER_BYTES} FROM pg_control_checkpoint()`,
  );
  if (rows[0]?.[0] === 't') await engine.execute(undefined, 'CHECKPOINT');
}
