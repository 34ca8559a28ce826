/** The tables that BullMQ keeps in PostgreSQL, for whoever brings a database up to date. */
import type { QueueTables } from '../database/database.js';
import { loadBullMq } from './libraries.js';

/** `version` is what the pinned BullMQ's migrations end at. Not read from BullMQ: importing it costs 0.2 s at every start. */
export const queueTables: QueueTables = {
  version: 11,
  async migrate(client) {
    const { runMigrations } = loadBullMq();
    await runMigrations(client as never, 'bullmq');
  },
};
