/** What every script of the project installs before it works, by itself: packages and Node 24. */
import { setUp } from './lib/setUp.mjs';

await setUp();
