/** Everything that one installation has in a Redis that it shares with others. */
import { openRedis } from './redis.js';

const SCANNED_AT_ONCE = 1_000;

/** Removes it all, and nothing else. Returns how many keys there were. @throws {BackendError} */
export async function removeNamespace(redisUrl: string, installation: string): Promise<number> {
  const { client, close } = await openRedis(redisUrl);
  try {
    let removed = 0;
    let cursor = '0';
    do {
      const [next, keys] = await client.scan(
        cursor,
        'MATCH',
        `sluice:${installation}*`,
        'COUNT',
        SCANNED_AT_ONCE,
      );
      cursor = next;
      if (keys.length > 0) removed += await client.unlink(...keys);
    } while (cursor !== '0');
    return removed;
  } finally {
    await close();
  }
}
