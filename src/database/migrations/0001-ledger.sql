create table sluice.meta (
  key text primary key,
  value text not null
);

create table sluice.batch (
  id text primary key,
  task text not null,
  task_version integer not null,
  queue text not null,
  options jsonb not null,
  prepared jsonb,
  data_identity text not null,
  source jsonb not null,
  selection jsonb not null,
  -- Hash of task, version, options, file content, sheet, selection: the same request again is the same batch.
  fingerprint text not null,
  request_id text not null,
  state text not null check (state in ('submitting', 'running', 'finishing', 'finished', 'cancelled')),
  reason text,
  replaces text,
  -- Counters move in the same statement as the rows they count.
  total integer not null default 0,
  completed integer not null default 0,
  failed integer not null default 0,
  invalid integer not null default 0,
  skipped integer not null default 0,
  cancelled integer not null default 0,
  finish_runs integer not null default 0,
  finish_error jsonb,
  created_at timestamptz not null default now(),
  started_at timestamptz,
  ended_at timestamptz
);
create index batch_fingerprint on sluice.batch (fingerprint, created_at desc);
create index batch_created on sluice.batch (created_at desc);
create index batch_open on sluice.batch (created_at) where state in ('submitting', 'running', 'finishing');
create index batch_task_ended on sluice.batch (task, ended_at desc) where state = 'finished';

create table sluice.row (
  id bigint generated always as identity primary key,
  batch_id text not null,
  number integer not null,
  row_key text not null,
  state text not null check (state in ('pending', 'processing', 'completed', 'failed', 'invalid', 'skipped', 'cancelled')),
  cells jsonb not null,
  input jsonb,
  geometry jsonb,
  issues jsonb,
  result jsonb,
  reason text,
  error jsonb,
  -- The number of the newest attempt that wrote here; an older one is refused.
  fence integer not null default 0,
  attempts integer not null default 0,
  worker text,
  replaces_row integer,
  replaced_by text,
  started_at timestamptz,
  ended_at timestamptz,
  unique (batch_id, number)
);
create index row_completed_key on sluice.row (row_key) where state = 'completed';
create index row_open on sluice.row (batch_id, number) where state in ('pending', 'processing');
create index row_troubled on sluice.row (batch_id, number) where state in ('failed', 'invalid');

create table sluice.attempt (
  row_id bigint not null,
  number integer not null,
  worker text not null,
  started_at timestamptz,
  ended_at timestamptz,
  -- completed, failed (will be retried or not: the row says), deferred (asked to wait), lost (its lease ran out), superseded (a newer attempt had begun)
  outcome text check (outcome in ('completed', 'failed', 'deferred', 'lost', 'superseded')),
  error jsonb,
  primary key (row_id, number)
);

create table sluice.dead_letter (
  id text primary key,
  job_id text not null,
  task text not null,
  queue text not null,
  batch_id text,
  row_id bigint,
  row_number integer,
  file text,
  sheet text,
  cell text,
  payload jsonb not null,
  attempts integer not null,
  -- Hash of the normalised message and the top frame: equal failures share it.
  fingerprint text not null,
  error jsonb not null,
  failed_at timestamptz not null
);
create index dead_letter_failed on sluice.dead_letter (failed_at desc);
create index dead_letter_group on sluice.dead_letter (fingerprint, failed_at desc);
create index dead_letter_batch on sluice.dead_letter (batch_id, row_number);

create table sluice.artifact (
  batch_id text not null,
  name text not null,
  kind text not null,
  title text,
  path text not null,
  sha256 text not null,
  bytes bigint not null,
  -- What made it: 'finish' (belongs to the batch) or 'export' (a file written for a person).
  origin text not null,
  created_at timestamptz not null default now(),
  primary key (batch_id, origin, path)
);
create index artifact_path on sluice.artifact (path, sha256);

create table sluice.worker (
  id text primary key,
  host text not null,
  pid integer not null,
  queues jsonb not null,
  concurrency integer not null,
  versions jsonb not null,
  running integer not null default 0,
  rss_bytes bigint not null default 0,
  started_at timestamptz not null default now(),
  heartbeat_at timestamptz not null default now(),
  stopped_at timestamptz
);
create index worker_heartbeat on sluice.worker (heartbeat_at desc);

-- Results of ctx.once: an effect recorded here is not done again.
create table sluice.effect (
  scope text not null,
  key text not null,
  value jsonb,
  done_at timestamptz not null default now(),
  primary key (scope, key)
);

-- SHA-256 of data files, so that an unchanged one is not read again to be known.
create table sluice.file_identity (
  path text primary key,
  bytes bigint not null,
  modified_ms double precision not null,
  sha256 text not null
);
