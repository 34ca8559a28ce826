/** Buckets of rate limits in Redis. */
import type { Redis } from 'ioredis';
import type { Buckets } from './limiter.js';

/** The same in SQL: function `sluice.take_turn` of src/database/migrations/0002-engine.sql. */
const TAKE_TURN = `
local clock = redis.call('TIME')
local now = clock[1] * 1000 + clock[2] / 1000
local spacing, slack, horizon, furthest = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local turn = tonumber(ARGV[5])
local stored = redis.call('HMGET', KEYS[1], 'used', 'promised', 'asked')
local used, promised, asked = tonumber(stored[1] or 0), tonumber(stored[2] or 0), tonumber(stored[3] or 0)
local answer
if used - slack <= now and (turn or (promised - slack)) <= now then
  used = math.max(used, now) + spacing
  if turn then promised = math.max(promised, used) else promised = math.max(promised, now) + spacing end
  answer = {1, '', '0'}
elseif turn and turn > now then
  answer = {0, string.format('%.3f', turn), string.format('%.3f', turn - now)}
else
  promised = math.max(promised, used)
  local next = promised - slack
  if next <= now + horizon then
    promised = promised + spacing
    answer = {0, string.format('%.3f', next), string.format('%.3f', next - now)}
  else
    asked = math.min(math.max(asked, next - horizon) + spacing, now + furthest)
    answer = {0, '', string.format('%.3f', asked - now)}
  end
end
redis.call('HSET', KEYS[1], 'used', string.format('%.3f', used), 'promised', string.format('%.3f', promised),
  'asked', string.format('%.3f', asked))
redis.call('PEXPIRE', KEYS[1], math.ceil(math.max(used, promised, asked) - now) + 1000)
return answer
`;

interface Commands {
  sluiceTakeTurn(
    key: string,
    ...args: (string | number)[]
  ): Promise<[isOk: number, turn: string, wait: string]>;
}

export function redisBuckets(client: Redis, prefix: string): Buckets {
  client.defineCommand('sluiceTakeTurn', { numberOfKeys: 1, lua: TAKE_TURN });
  const commands = client as unknown as Commands;
  const keyOf = (name: string): string => `${prefix}-limit:${name}`;
  return {
    async take({ name, spacingMs, slackMs, horizonMs, furthestMs, turnAtMs }) {
      const [isOk, turn, wait] = await commands.sluiceTakeTurn(
        keyOf(name),
        spacingMs,
        slackMs,
        horizonMs,
        furthestMs,
        turnAtMs ?? '',
      );
      return { isOk: isOk === 1, turnAtMs: turn === '' ? undefined : Number(turn), waitMs: Number(wait) };
    },
    async look(name) {
      const [[seconds, micros], stored] = await Promise.all([
        client.time(),
        client.hmget(keyOf(name), 'used', 'promised'),
      ]);
      const nowMs = Number(seconds) * 1000 + Number(micros) / 1000;
      return Math.max(...stored.map((text) => Number(text ?? 0))) - nowMs;
    },
    // A bucket expires with what it says.
    forgetIdle: async () => {},
  };
}
