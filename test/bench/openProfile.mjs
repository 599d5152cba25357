/**
 * A big `.cpuprofile` to its first flamegraph: Slowpath's custom editor path (read, import in a worker's process, pack, post,
 * unpack, draw) against speedscope, in the same browser, in interleaved pairs. The profile is made here: the TypeScript
 * compiler checking this project.
 */
import { root } from '../../scripts/lib/setUp.mjs';
import { drawnOurs, drawnTheirs, installSpeedscope, launchBrowser, openPage, serve } from './profilePages.mjs';
import { median } from './statistics.mjs';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const pairs = 5;

/** @returns {Promise<{name: string, reach: string, rows: Record<string, number | string>}>} */
export async function openProfile() {
  const directory = mkdtempSync(join(tmpdir(), 'slowpath-bench-'));
  const profile = makeProfile(directory);
  const server = await serve(profile, installSpeedscope());
  const browser = await launchBrowser();
  try {
    const ours = [];
    const theirs = [];
    for (let pair = 0; pair < pairs + 1; pair++) {
      const inOrder = [
        async () => ours.push(await timeTo(browser, `${server.url}/ours.html`, drawnOurs)),
        async () =>
          theirs.push(
            await timeTo(browser, `${server.url}/speedscope/index.html#profileURL=/profile.cpuprofile`, drawnTheirs),
          ),
      ];
      for (const measure of pair % 2 === 0 ? inOrder : inOrder.reverse()) await measure();
    }
    // The first pair warms the page cache.
    const [a, b] = [ours, theirs].map((values) => median(values.slice(1)));
    return {
      name: 'a big .cpuprofile to its first flamegraph, against speedscope',
      reach: '≤ 0.35 ×',
      rows: {
        bytes: readFileSync(profile).length,
        slowpathMs: Math.round(a),
        speedscopeMs: Math.round(b),
        ratio: Number((a / b).toFixed(3)),
      },
    };
  } finally {
    await browser.close();
    server.close();
    rmSync(directory, { recursive: true, force: true });
  }
}

async function timeTo(browser, url, isDrawn) {
  const { page, openMs } = await openPage(browser, url, isDrawn);
  await page.close();
  return openMs;
}

/** The TypeScript compiler checking the plan room: some 15 MB, 60 k nodes. */
function makeProfile(directory) {
  const compiler = join(root, 'node_modules/typescript/lib/tsc.js');
  const flags = ['--cpu-prof', '--cpu-prof-interval', '50', '--cpu-prof-dir', directory];
  const options = '--noEmit --skipLibCheck --ignoreConfig --strict --allowImportingTsExtensions --types node';
  const modules = '--module esnext --moduleResolution bundler --target es2024';
  spawnSync(process.execPath, [...flags, compiler, ...`${options} ${modules}`.split(' '), 'src/plan/read.ts'], {
    cwd: root,
    stdio: 'ignore',
  });
  const [file] = readdirSync(directory);
  return join(directory, file);
}
