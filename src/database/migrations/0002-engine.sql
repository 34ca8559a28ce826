-- Dead letters: what was done about them. An open one waits for a person; a replayed one is a job again.
alter table sluice.dead_letter
  add column kind text not null default 'row' check (kind in ('row', 'job')),
  add column state text not null default 'open' check (state in ('open', 'replayed')),
  add column replays integer not null default 0,
  add column replayed_at timestamptz,
  -- What operators changed before a replay, oldest first: [{at, by, from, to}].
  add column changes jsonb not null default '[]',
  -- fails, stalled, expired, timed-out: how it ended, apart from the error's own code.
  add column reason text not null default 'failed';
update sluice.dead_letter set kind = 'job' where row_id is null;
drop index sluice.dead_letter_failed;
drop index sluice.dead_letter_group;
create index dead_letter_open on sluice.dead_letter (failed_at desc, id desc) where state = 'open';
create index dead_letter_group on sluice.dead_letter (fingerprint, failed_at desc) where state = 'open';

-- Attempts of jobs that belong to no batch. A first attempt that succeeds leaves none.
create table sluice.job_attempt (
  job_id text not null,
  number integer not null,
  queue text not null,
  worker text not null,
  started_at timestamptz,
  ended_at timestamptz,
  outcome text check (outcome in ('completed', 'failed', 'deferred', 'lost', 'superseded')),
  error jsonb,
  primary key (job_id, number)
);

-- What operators did: who, when, what, to how many.
create table sluice.audit (
  id bigint generated always as identity primary key,
  at timestamptz not null default now(),
  actor text not null,
  action text not null,
  target jsonb not null,
  count integer not null,
  details jsonb not null default '{}'
);
create index audit_at on sluice.audit (at desc);

-- What a worker says of itself with each heartbeat.
alter table sluice.worker
  add column state text not null default 'running' check (state in ('running', 'paused', 'stopping')),
  -- [{job, queue, task, startedAt}]
  add column jobs jsonb not null default '[]',
  -- Version of each task as this worker has loaded it, and the hash of its file.
  add column tasks jsonb not null default '{}',
  -- Slots by queue: {"reports": 4}.
  add column slots jsonb not null default '{}';

-- Letters to workers; a worker answers when it reads them, be it late.
create table sluice.worker_command (
  id bigint generated always as identity primary key,
  worker text not null,
  verb text not null check (verb in ('ping', 'scale', 'pause', 'resume', 'add-queue', 'drop-queue', 'stop')),
  args jsonb not null default '{}',
  asked_by text not null,
  asked_at timestamptz not null default now(),
  answered_at timestamptz,
  answer jsonb
);
create index worker_command_waiting on sluice.worker_command (worker, id) where answered_at is null;

-- A job that was cancelled stays cancelled: workers look here while they run it and when they get it again.
create table sluice.cancellation (
  job_id text primary key,
  queue text not null,
  task text not null,
  asked_by text not null,
  asked_at timestamptz not null default now(),
  reason text not null,
  ended_at timestamptz
);
create index cancellation_open on sluice.cancellation (asked_at) where ended_at is null;

-- What tasks said through ctx.log.
create table sluice.job_log (
  id bigint generated always as identity primary key,
  job_id text not null,
  at timestamptz not null,
  level text not null,
  message text not null
);
create index job_log_job on sluice.job_log (job_id, id);

-- ctx.lock: held until released or until it ends by itself.
create table sluice.lock (
  key text primary key,
  holder text not null,
  expires_at timestamptz not null
);

-- Rate limits by generic cell rate algorithm, as told in src/queue/limiter.ts; times are epoch ms.
create table sluice.rate_bucket (
  name text primary key,
  -- How far ahead the even pace is used up by jobs that were let in; by those and by jobs that were promised a turn; and
  -- when the last of those that were promised none asks again.
  used_ms double precision not null,
  promised_ms double precision not null,
  asked_ms double precision not null
);

-- One turn, now or later. The same in Lua: src/queue/redis-buckets.ts.
create function sluice.take_turn(
  bucket_name text, spacing double precision, slack double precision, horizon double precision,
  furthest double precision, turn double precision,
  out is_ok boolean, out turn_ms double precision, out wait_ms double precision
) language plpgsql as $$
declare
  now_ms double precision;
  b sluice.rate_bucket;
begin
  insert into sluice.rate_bucket values (bucket_name, 0, 0, 0) on conflict (name) do nothing;
  select * into b from sluice.rate_bucket where name = bucket_name for update;
  now_ms := extract(epoch from clock_timestamp()) * 1000;
  is_ok := b.used_ms - slack <= now_ms and coalesce(turn, b.promised_ms - slack) <= now_ms;
  if is_ok then
    wait_ms := 0;
    b.used_ms := greatest(b.used_ms, now_ms) + spacing;
    b.promised_ms := case when turn is null then greatest(b.promised_ms, now_ms) + spacing
      else greatest(b.promised_ms, b.used_ms) end;
  elsif turn > now_ms then
    turn_ms := turn;
    wait_ms := turn - now_ms;
  else
    b.promised_ms := greatest(b.promised_ms, b.used_ms);
    if b.promised_ms - slack <= now_ms + horizon then
      turn_ms := b.promised_ms - slack;
      wait_ms := turn_ms - now_ms;
      b.promised_ms := b.promised_ms + spacing;
    else
      b.asked_ms := least(greatest(b.asked_ms, b.promised_ms - slack - horizon) + spacing, now_ms + furthest);
      wait_ms := b.asked_ms - now_ms;
    end if;
  end if;
  update sluice.rate_bucket set used_ms = b.used_ms, promised_ms = b.promised_ms, asked_ms = b.asked_ms
    where name = bucket_name;
end
$$;

-- Equal failures counted over all workers, until the queue they pause goes on.
create table sluice.breaker (
  queue text not null,
  fingerprint text not null,
  failures integer not null,
  window_started_at timestamptz not null,
  primary key (queue, fingerprint)
);

-- What operators and the config set on a queue, and why.
create table sluice.queue_setting (
  queue text primary key,
  paused_at timestamptz,
  paused_by text,
  pause_reason text,
  -- Resumed by itself then; null = by hand.
  paused_until timestamptz,
  -- none = said to have no limit; null = nobody said.
  rate text,
  rate_source text check (rate_source in ('config', 'operator')),
  concurrency integer,
  set_by text,
  set_at timestamptz
);

create table sluice.schedule (
  name text primary key,
  task text not null,
  queue text not null,
  input jsonb not null,
  options jsonb not null,
  cron text,
  every_ms bigint,
  tz text not null,
  starts_at timestamptz,
  ends_at timestamptz,
  max_runs integer,
  jitter_ms bigint not null default 0,
  overlap text not null,
  missed text not null,
  missed_window_ms bigint not null,
  priority text,
  -- The config that made it; only that config may prune it.
  owner text not null,
  -- The same for people: the config's path and its machine.
  source text not null,
  -- Hash of all of the above: equal = nothing to apply.
  spec_hash text not null,
  paused_at timestamptz,
  paused_by text,
  pause_reason text,
  runs integer not null default 0,
  -- The nominal time that comes next; null = it has ended.
  next_at timestamptz,
  last_at timestamptz,
  last_job text,
  last_lag_ms bigint,
  -- The latest nominal time whose lateness was told of: each is told once, however many workers see it.
  late_told_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create index schedule_due on sluice.schedule (next_at) where paused_at is null and next_at is not null;

-- One line for each nominal time: the key makes each fire once, however many workers look.
create table sluice.schedule_run (
  schedule text not null,
  at timestamptz not null,
  -- due, made-up (missed before, or of a backfill), by-hand (run now)
  kind text not null check (kind in ('due', 'made-up', 'by-hand')),
  -- adding (claimed; its job is being added), added, skipped (overlap), missed (policy), waiting (behind the run
  -- before), failed (its job could not be added)
  state text not null check (state in ('adding', 'added', 'skipped', 'missed', 'waiting', 'failed')),
  job_id text not null,
  queue text not null,
  claimed_at timestamptz not null default clock_timestamp(),
  -- Of adding: whoever claimed it has until then; after that anybody adds it, under the same job id.
  lease_until timestamptz,
  added_at timestamptz,
  -- When its job was seen to have ended; only looked at when another run must not overlap it.
  ended_at timestamptz,
  lag_ms bigint,
  note text,
  primary key (schedule, at)
);
create index schedule_run_open on sluice.schedule_run (schedule, at)
  where state in ('adding', 'waiting') or (state = 'added' and ended_at is null);
create index schedule_run_claimed on sluice.schedule_run (claimed_at);

-- What happens around jobs; what happens to a job itself is in the queue's own stream and in attempts.
create table sluice.event (
  id bigint generated always as identity primary key,
  at timestamptz not null default clock_timestamp(),
  type text not null,
  queue text,
  task text,
  job text,
  batch text,
  row integer,
  attempt integer,
  worker text,
  duration_ms bigint,
  message text
);
create index event_at on sluice.event (at);

-- Jobs that came from another job, and a job that was not added because an equal one was there.
create table sluice.job_link (
  job_id text primary key,
  queue text not null,
  kind text not null check (kind in ('child', 'chain', 'group', 'chord', 'duplicate')),
  of_job text not null,
  of_queue text not null,
  created_at timestamptz not null default now()
);
create index job_link_of on sluice.job_link (of_job);

-- Dead letters, what replays need (src/batch/replay.ts).
alter table sluice.dead_letter
  -- replaced: its row was corrected in a workbook and run again as a row of another batch.
  drop constraint dead_letter_state_check,
  add constraint dead_letter_state_check check (state in ('open', 'replayed', 'replaced')),
  -- When the queue had heard of the newest replay; null while it may not have: the sweep tells it.
  add column requeued_at timestamptz,
  -- Each replay, oldest first: [{at, by, from, queue, code, message, attempts, changed}].
  add column history jsonb not null default '[]';
create index dead_letter_unheard on sluice.dead_letter (replayed_at) where state = 'replayed' and requeued_at is null;

-- Workers: which code of the task the producer of a batch had (src/ledger/task-codes.ts).
alter table sluice.batch add column task_hash text;

-- Retention (src/ledger/retention.ts): begun and done, once rows of the batch are removed because they are old.
alter table sluice.batch add column removal text check (removal in ('begun', 'done'));
create index batch_kept on sluice.batch (ended_at)
  where state in ('finished', 'cancelled') and removal is distinct from 'done';
create index job_attempt_ended on sluice.job_attempt (coalesce(ended_at, started_at));
