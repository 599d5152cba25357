/**
 * `npm run workbench [FOLDER]`: the real VS Code workbench in the browser, with the extension built from here installed and
 * the bundled sample (or FOLDER) open. Ctrl+C stops it and everything it started.
 */
import { root, say, setUp } from './lib/setUp.mjs';
import { spawn, spawnSync } from 'node:child_process';
import { join, resolve } from 'node:path';

await setUp();
const { ensureTools } = await import('./lib/tools.mjs');
const { startWorkbench } = await import('./lib/workbench.mjs');

for (const script of ['scripts/build.mjs', 'scripts/package.mjs']) {
  if (spawnSync(process.execPath, [script], { cwd: root, stdio: 'inherit' }).status !== 0) process.exit(1);
}
const folder = resolve(process.argv[2] ?? join(root, 'media', 'sample'));
const workbench = await startWorkbench({
  tools: await ensureTools(),
  vsix: join(root, 'slowpath.vsix'),
  driver: false,
});
const address = `${workbench.url.replace(/\/$/, '')}/?folder=${encodeURIComponent(folder)}`;
process.stdout.write(`\n${address}\n\nCtrl+C stops it.\n`);
openInBrowser(address);

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => {
    say('stopping');
    void workbench.stop().then(() => process.exit(0));
  });
}

/** Best effort: a machine without a desktop keeps the printed address. */
function openInBrowser(url) {
  const [command, ...args] = { darwin: ['open'], win32: ['cmd', '/c', 'start', ''] }[process.platform] ?? ['xdg-open'];
  spawn(command, [...args, url], { stdio: 'ignore', detached: true })
    .on('error', () => undefined)
    .unref();
}
