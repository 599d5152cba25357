/**
 * Imported before a test file (nodeTests.mjs): what the modules it loads are compiled to is kept, and the next file that loads them takes
 * it from there. Without types stripped and code compiled anew, the run's room loads in a fourth of the time.
 *
 * Said to this process alone, not by NODE_COMPILE_CACHE: the services that tests start and measure are to run as a person's do.
 */
import { enableCompileCache } from 'node:module';
import { join } from 'node:path';
import { root } from './setUp.mjs';

enableCompileCache(join(root, 'node_modules/.cache/slowpath-tests'));
