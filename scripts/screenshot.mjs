/**
 * `npm run screenshot`: takes the README's picture anew. Measures the bundled sample in the real workbench, as a person does, and shows its
 * report beside the line to blame. A picture of a measurement that can't be trusted is none: then the sample is measured once more.
 */
import { root, say, setUp } from './lib/setUp.mjs';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

await setUp();
for (const script of ['scripts/build.mjs', 'scripts/package.mjs']) {
  if (spawnSync(process.execPath, [script], { cwd: root, stdio: 'inherit' }).status !== 0) process.exit(1);
}
const { driveWorkbench, openFile, reportPage, showRuns } = await import('../test/e2e/workbenchDriver.ts');
const { runCommand } = await import('../test/e2e/quickInput.ts');

const attempts = 8;
const file = join(root, 'media', 'screenshot.png');

say('starting the workbench');
const driven = await driveWorkbench({
  copyOf: join(root, 'media', 'sample'),
  name: 'shop',
  settings: { 'workbench.colorTheme': 'Default Dark Modern' },
});
try {
  await takePicture(driven.page);
  say(`wrote ${file}`);
} finally {
  await driven.stop();
}

async function takePicture(page) {
  await page.setViewportSize({ width: 1600, height: 950 });
  await measure(page);
  await reportPage(page).locator('.headline button.source').first().click();
  await page.locator('.tab.active', { hasText: 'prices.js' }).first().waitFor();
  await runCommand(page, 'View: Close Other Editors in Group');
  const run = (await showRuns(page)).locator('.monaco-list-row').first();
  if ((await run.getAttribute('aria-expanded')) !== 'true') await run.locator('.monaco-tl-twistie').click();
  await runCommand(page, 'Notifications: Clear All Notifications');
  // What is hovered, and a cursor that blinks, differ from picture to picture.
  await page.mouse.move(800, 8);
  await page.locator('.monaco-hover').filter({ visible: true }).first().waitFor({ state: 'hidden' });
  await page.screenshot({ path: file, caret: 'hide', animations: 'disabled' });
}

/** Until a measurement is trusted and its report names the line to blame, seen often enough to be more than a hint. */
async function measure(page) {
  for (let attempt = 1; attempt <= attempts; attempt++) {
    say(`measuring the sample, attempt ${attempt} of ${attempts}`);
    // The report in sight is then this measurement's.
    await runCommand(page, 'View: Close All Editors');
    await openFile(page, 'server.js');
    await runCommand(page, 'Slowpath: Profile Scenario');
    const progress = page.locator('.notification-list-item', { hasText: 'Slowpath: orders' }).first();
    await progress.waitFor();
    await progress.waitFor({ state: 'detached' });
    const report = reportPage(page);
    await report.locator('.chip-good, .chip-bad, .chip-warning').first().waitFor();
    await report.locator('.headline').first().waitFor();
    const headline = report.locator('.headline').first();
    const blames = (await headline.locator('button.source').count()) > 0;
    if (blames && !(await headline.innerText()).includes('hint')) return;
  }
  throw new Error(`None of ${attempts} measurements could be trusted; free the machine of other work, then try again.`);
}
