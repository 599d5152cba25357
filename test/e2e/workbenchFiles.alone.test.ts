/** Profiles and latency logs in a workspace that nobody trusts: they open, and nothing is started. */
import assert from 'node:assert/strict';
import { copyFileSync, existsSync, writeFileSync } from 'node:fs';
import { Session } from 'node:inspector/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { measuringIn, servicesIn } from './processes.ts';
import { runCommand } from './quickInput.ts';
import { openFile, reportPage, workbenchForTests } from './workbenchDriver.ts';

const driven = workbenchForTests({
  trusted: false,
  settings: {
    'workbench.editorAssociations': { '*.cpuprofile': 'slowpath.cpuProfile', '*.pb.gz': 'slowpath.cpuProfile' },
  },
  prepare: async (folder) => {
    const text = await profileOf(spin);
    writeFileSync(join(folder, 'real.cpuprofile'), text);
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
