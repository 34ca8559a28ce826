/** Every fault of the suite, in the order they are run. */
import type { Fault } from '../fault.js';
import { EMBEDDED_FAULTS } from './embedded.js';
import { OPERATION_FAULTS } from './operations.js';
import { SERVER_AND_LINK_FAULTS } from './servers.js';
import { WORKER_FAULTS } from './workers.js';

export const FAULTS: readonly Fault[] = [
  ...WORKER_FAULTS,
  ...OPERATION_FAULTS,
  ...SERVER_AND_LINK_FAULTS,
  ...EMBEDDED_FAULTS,
];
