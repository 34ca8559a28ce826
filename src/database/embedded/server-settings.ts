/** PostgreSQL's major version inside the pinned PGlite. */
export const EMBEDDED_MAJOR = '18';

/** Written as postgresql.conf at every start. Small buffers: 0.2 GB of memory instead of 0.3. */
export const SERVER_SETTINGS: readonly string[] = [
  'shared_buffers=8MB',
  'max_wal_size=64MB',
  'min_wal_size=16MB',
  'random_page_cost=1.1',
];

/** Small log segments: a new folder is 16 MB smaller. */
export const INITDB_OPTIONS: readonly string[] = ['--wal-segsize=1'];
