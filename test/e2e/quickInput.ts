/**
 * The palette, pickers and input boxes of a real workbench. They close by themselves whenever something else takes the focus,
 * as they do under a person's hands; so a whole interaction is begun anew until it went through, or the time is over.
 */
import type { Locator, Page } from 'playwright-core';

/** What is answered to one question: a row of a picker, or a text in an input box. */
export type Answer =
  | {
      /** Part of the row's text; the first such row is taken. */
      readonly pick: string;
      /** Part of the picker's placeholder: tells one picker from the next. */
      readonly asked: string;
    }
  | {
      /** null: what the box proposes. */
      readonly write: string | null;
      /** Part of the input box's title. */
      readonly asked: string;
    }
  | {
      /** The path of a file, given to a dialog that asks where to save. */
      readonly saveAs: string;
      /** Part of the dialog's title. */
      readonly asked: string;
    };

/** One try: long enough for an extension that is still being loaded, and short enough to leave time for others. */
const stepMs = 15_000;
const interactionMs = 90_000;

/** Runs a command from the palette and answers what it asks. */
export async function runCommand(page: Page, title: string, answers: readonly Answer[] = []): Promise<void> {
  await interact(page, `“${title}”`, () => choose(page, title), answers);
}

/** Begins something once nothing is measured any more, and answers what it asks. */
export async function interact(
  page: Page,
  what: string,
  begin: () => Promise<void>,
  answers: readonly Answer[],
): Promise<void> {
  await measuringOver(page);
  const end = Date.now() + interactionMs;
  for (;;) {
    try {
      await begin();
      for (const answer of answers) await give(page, answer);
      return;
    } catch (error) {
      if (Date.now() > end) throw new Error(`${what} did not go through in ${interactionMs} ms`, { cause: error });
      await close(page);
    }
  }
}

async function choose(page: Page, title: string): Promise<void> {
  const input = widget(page).locator('input[type=text]').first();
  await page.keyboard.press('F1');
  await input.fill(`>${title}`, { timeout: 5000 });
  // The palette learns an extension's commands some time after the window opens: then this fails, and is tried again.
  await row(page)
    .and(page.locator(`[aria-label^="${title}"]`))
    .first()
    .click({ timeout: 5000 });
}

async function give(page: Page, answer: Answer): Promise<void> {
  if ('pick' in answer) {
    // Rows out of sight are not there at all: the filter brings the wanted one into sight.
    await widget(page).locator(`input[placeholder*="${answer.asked}"]`).fill(answer.pick, { timeout: stepMs });
    await row(page).filter({ hasText: answer.pick }).first().click({ timeout: stepMs });
    return;
  }
  const box = widget(page).filter({ has: page.locator('.quick-input-title', { hasText: answer.asked }) });
  const input = box.locator('input').first();
  await input.waitFor({ timeout: stepMs });
  // Once it has read the folder, such a dialog writes its own proposal over whatever stands there; the rows come with it.
  if ('saveAs' in answer) await row(page).first().waitFor({ timeout: stepMs });
  const text = 'saveAs' in answer ? answer.saveAs : answer.write;
  if (text !== null) await input.fill(text, { timeout: stepMs });
  await pressEnter(input);
}

/** @throws when the key went elsewhere: the box had closed by then. */
async function pressEnter(input: Locator): Promise<void> {
  await input.evaluate((element) => {
    // The same element serves every question: what it heard before is no answer to this one.
    element.removeAttribute('data-heard');
    element.addEventListener('keydown', () => element.setAttribute('data-heard', ''), { once: true, capture: true });
  });
  await input.press('Enter', { timeout: stepMs });
  const heard = await input.page().locator('.quick-input-widget [data-heard]').count();
  if (heard === 0) throw new Error('the input box closed before Enter arrived');
}

/** The status bar tells of a measurement from its first moment to its last. */
async function measuringOver(page: Page): Promise<void> {
  await page.locator('.statusbar-item .codicon-pulse').first().waitFor({ state: 'detached', timeout: 60_000 });
}

/** Escape goes only to a quick input: elsewhere it would close notifications. */
async function close(page: Page): Promise<void> {
  if (await widget(page).isVisible()) await page.keyboard.press('Escape');
  // A window that is still loading answers to no key: not all tries are to be spent on it at once.
  await page.waitForTimeout(500);
}

function widget(page: Page): Locator {
  return page.locator('.quick-input-widget').filter({ visible: true });
}

function row(page: Page): Locator {
  return widget(page).locator('.quick-input-list .monaco-list-row');
}
