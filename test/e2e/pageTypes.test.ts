/** A profile file with several sample types: the page offers them, and the editor reads the file again as the one chosen. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import type { Page } from 'playwright-core';
import type { SampleTypes } from '../../src/profile/formats/importer.ts';
import { importProfile } from '../../src/profile/formats/index.ts';
import { packProfile } from '../../src/run/pack.ts';
import { base64, browserForTests, openFile, openInEditor, reads, said, settled } from './pageDriver.ts';

browserForTests();

const file = readFileSync(new URL('../fixtures/profiles/go/go-heap.pb.gz', import.meta.url));

/** What the editor answers; `more` names that the file has besides. */
function message(type?: string, more: readonly string[] = []): string {
  let types: SampleTypes | null = null;
  const profile = importProfile(file, {
    type,
    onTypes: (found) => (types = { ...found, names: [...found.names, ...more] }),
  });
  return `{ type: 'profile', title: 'heap.pb.gz', profile: bytes('${base64(packProfile(profile))}'), types: ${JSON.stringify(types)} }`;
}

const answer = (page: Page, text: string): Promise<unknown> => page.evaluate(`window.postMessage(${text}, '*')`);
const select = '.sample-type select';
const main = (page: Page) => (): Promise<string | null> =>
  page.locator('[role=row]', { hasText: 'main.main' }).first().textContent();

describe('sample types', () => {
  test('another type is asked for, shown everywhere, and remembered', async () => {
    const { page, complaints } = await openInEditor([message()]);
    await page.waitForSelector('canvas[data-drawn]');
    assert.deepEqual(await page.locator(`${select} option`).allTextContents(), [
      'alloc_objects',
      'alloc_space',
      'inuse_objects',
      'inuse_space',
    ]);
    assert.equal(await page.inputValue(select), '3', 'the file’s own');
    await page.getByRole('tab', { name: 'Functions' }).click();
    await reads(main(page), /1\.06 MB97\.5%/);

    await page.focus(select);
    await page.selectOption(select, { label: 'alloc_space' });
    assert.deepEqual((await said(page)).at(-1), { type: 'sampleType', name: 'alloc_space' });
    await page.waitForSelector('main[aria-busy=true]');
    await answer(page, message('alloc_space'));
    await reads(main(page), /1\.06 MB2\.12%.*2\.67 MB5\.3%/);
    await settled(page);
    assert.equal(await page.inputValue(select), '1');
    assert.ok(await page.evaluate(`document.activeElement.matches('${select}')`), 'the keyboard stays where it was');
    await page.getByRole('tab', { name: 'Flamegraph' }).click();
    await reads(() => page.locator('.flame-canvas').getAttribute('aria-label'), /Flamegraph/);

    await page.reload();
    await page.waitForSelector('canvas[data-drawn]');
    assert.deepEqual((await said(page))[0], { type: 'ready', sampleType: 'alloc_space' });
    assert.deepEqual(complaints, []);
    await page.context().close();
  });

  test('a type that can’t be shown says why, and is not asked for the next time', async () => {
    const { page } = await openInEditor([message()]);
    await page.selectOption(select, { label: 'alloc_objects' });
    await answer(page, `{ type: 'error', code: 'FORMAT_UNKNOWN', message: 'The profile holds negative values.' }`);
    await reads(() => page.getByRole('alert').textContent(), /negative values/);
    await page.reload();
    await page.waitForSelector('canvas[data-drawn]');
    assert.deepEqual((await said(page))[0], { type: 'ready', sampleType: null });
    await page.context().close();
  });

  test('foreign names are text', async () => {
    const { page, complaints } = await openInEditor([message(undefined, ['<b onclick=alert(1)>\u202e'])]);
    await page.waitForSelector('canvas[data-drawn]');
    assert.equal(await page.locator(`${select} option`).last().textContent(), '<b onclick=alert(1)>\\u{202e}');
    assert.equal(await page.locator(`${select} b`).count(), 0);
    assert.deepEqual(complaints, []);
    await page.context().close();
  });

  test('a file on its own can’t read anything again: nothing to choose', async () => {
    const { page } = await openFile({ packed: packProfile(importProfile(file)) });
    await page.waitForSelector('canvas[data-drawn]');
    assert.equal(await page.locator(select).count(), 0);
    await page.context().close();
  });
});
