#!/usr/bin/env node
import { execute } from '@oclif/core';

await execute({ dir: import.meta.url });
// Whoever opened something has closed it; waiting for the runtime to find that out costs a tenth of a second.
process.exit();
