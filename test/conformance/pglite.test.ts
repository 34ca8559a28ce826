import { describeOnBackend } from '../helpers/backends.js';
import { itKeepsItsPromisesUnder } from './small.js';

describeOnBackend('pglite', 'the engine', () => {
  itKeepsItsPromisesUnder(['kill-after-effect', 'kill-mid-run'], () => ({ target: {} }));
});
