/** What a `jobs.config.ts` imports. */
import type { ConfigInput } from './schema.js';

/** Gives `config` back unchanged: it is there for completion and type checks in the editor. */
export function defineConfig(config: ConfigInput): ConfigInput {
  return config;
}
