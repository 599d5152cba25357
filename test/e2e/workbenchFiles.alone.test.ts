/** Profiles and latency logs in a workspace that nobody trusts: they open, and nothing is started. */
import assert from 'node:assert/strict';
import { copyFileSync, existsSync, writeFileSync } from 'node:fs';
import { Session } from 'node:inspector/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { measuringIn, servicesIn } from './processes.ts';
import { runCommand } from './quickInput.ts';
import { hoverTells, openFile, reportPage, workbenchForTests } from './workbenchDriver.ts';

const driven = workbenchForTests({
  trusted: false,
  settings: {
    'workbench.editorAssociations': { '*.cpuprofile': 'slowpath.cpuProfile', '*.pb.gz': 'slowpath.cpuProfile' },
  },
  prepare: async (folder) => {
    const text = await profileOf(spin);
    writeFileSync(join(folder, 'real.cpuprofile'), text);
    writeFileSync(join(folder, 'heated.js'), 'function first() {}\nfunction second() {}\n');
    writeFileSync(join(folder, 'heated.cpuprofile'), halves(join(folder, 'heated.js')));
    writeFileSync(join(folder, 'cut.cpuprofile'), text.slice(0, text.length / 2));
    writeFileSync(join(folder, 'empty.hlog'), 'hello\n');
    copyFileSync(join(import.meta.dirname, '../fixtures/profiles/go/go-heap.pb.gz'), join(folder, 'heap.pb.gz'));
  },
});

test('Restricted Mode starts nothing and says why', { timeout: 240_000 }, async () => {
  const { page, folder } = driven();
  await runCommand(page, 'Slowpath: Profile Scenario');
  await page.locator('.notification-list-item', { hasText: 'Restricted Mode' }).waitFor();
  assert.deepEqual([...servicesIn(folder), ...measuringIn(folder)], []);
  assert.equal(existsSync(join(folder, '.slowpath')), false);
  await page.keyboard.press('Escape');
});

test('a profile opens as a flamegraph', { timeout: 240_000 }, async () => {
  const { page } = driven();
  await openFile(page, 'real.cpuprofile');
  const report = reportPage(page);
  await report.locator('canvas').first().waitFor();
  await report.getByRole('tab', { name: /^Functions/ }).click();
  await report.getByText('spinForTheProfile').first().waitFor();
});

test(
  'a heap profile of Go opens with its sizes, and as another of its sample types',
  { timeout: 120_000 },
  async () => {
    const { page } = driven();
    await openFile(page, 'heap.pb.gz');
    const report = reportPage(page);
    await report.locator('canvas').first().waitFor({ timeout: 60_000 });
    await report.getByRole('tab', { name: /^Functions/ }).click();
    await report.locator('[role=row]', { hasText: 'main.main' }).getByText('1.06 MB').first().waitFor();
    const types = report.getByRole('combobox', { name: 'Sample type' });
    await types.selectOption({ label: 'alloc_objects' });
    // As `go tool pprof -top -sample_index=alloc_objects` has it.
    await report.locator('[role=row]', { hasText: 'main.main' }).getByText('3,641').first().waitFor();
  },
);

test('a truncated profile and a log that is none are one sentence each', { timeout: 240_000 }, async () => {
  const { page } = driven();
  for (const name of ['cut.cpuprofile', 'empty.hlog']) {
    await openFile(page, name);
    await page.locator('.tab.active', { hasText: name }).waitFor();
    const alert = reportPage(page).getByRole('alert');
    await alert.first().waitFor();
    assert.ok((await alert.first().innerText()).length > 20);
  }
  assert.deepEqual(driven().violations, []);
});

test('what is brushed of a profile narrows its heat beside the code', { timeout: 240_000 }, async () => {
  const { page } = driven();
  await openFile(page, 'heated.cpuprofile');
  const report = reportPage(page);
  await report.getByRole('tab', { name: /^Functions/ }).click();
  await report.locator('[role=row]', { hasText: 'second' }).click();
  await report.getByRole('button', { name: 'Open source' }).click();
  const head = page.locator('.view-line', { hasText: 'second' });
  await hoverTells(page, head, 'self 50%, total 50%', { x: 40, y: 8 });
  await report.getByRole('tab', { name: /^Flamegraph/ }).click();
  await report.locator('.toggle').click();
  // Columns are seconds: the last of two is the second half.
  const box = await report.locator('.subsecond-pick').boundingBox();
  assert.ok(box);
  await page.mouse.move(box.x + box.width * 0.75, box.y + box.height - 2);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width - 2, box.y + 2, { steps: 4 });
  await page.mouse.up();
  await report.locator('.chip-range').waitFor();
  await hoverTells(page, head, 'self 100%, total 100%', { x: 40, y: 8 });
  await page.locator('.monaco-hover', { hasText: 'Only what is brushed' }).first().waitFor();
});

/** Two seconds at one sample a millisecond: `first` on line 1, then `second` on line 2. */
function halves(file: string): string {
  const nodes = [
    ['(root)', '', -1],
    ['first', `file://${file}`, 0],
    ['second', `file://${file}`, 1],
  ].map(([functionName, url, lineNumber], index) => ({
    id: index + 1,
    callFrame: { functionName, scriptId: '1', url, lineNumber, columnNumber: 0 },
    children: index === 0 ? [2, 3] : [],
  }));
  const samples = Array.from({ length: 2000 }, (_, index) => (index < 1000 ? 2 : 3));
  const timeDeltas = samples.map((_, index) => (index === 0 ? 0 : 1000));
  return JSON.stringify({ nodes, startTime: 0, endTime: 2e6, samples, timeDeltas });
}

async function profileOf(work: () => void): Promise<string> {
  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.start');
  work();
  const { profile } = await session.post('Profiler.stop');
  session.disconnect();
  return JSON.stringify(profile);
}

function spin(): void {
  const end = performance.now() + 150;
  const spinForTheProfile = (): number => {
    let sum = 0;
    while (performance.now() < end) sum += Math.sqrt(sum + 1);
    return sum;
  };
  assert.ok(spinForTheProfile() > 0);
}
