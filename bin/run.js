#!/usr/bin/env node
import { execute } from '@oclif/core';

await execute({ dir: import.meta.url });
// Whoever opened something has closed it; waiting for the runtime to find that out costs a tenth of a second. But what a
// slow reader has not taken yet is still in this process.
for (const stream of [process.stdout, process.stderr]) await new Promise((taken) => stream.write('', taken));
process.exit();
