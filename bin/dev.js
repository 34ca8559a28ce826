#!/usr/bin/env node
import { execute } from '@oclif/core';
import { build } from '../scripts/build.mjs';

build();
await execute({ dir: import.meta.url });
