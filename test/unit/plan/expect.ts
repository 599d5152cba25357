import assert from 'node:assert/strict';
import { SlowpathError, type ErrorCode } from '../../../src/errors.ts';
import { readPlan } from '../../../src/plan/read.ts';

/** Fails unless `act` throws a SlowpathError of this code; returns its message. */
export function messageOf(code: ErrorCode, act: () => unknown): string {
  try {
    act();
  } catch (error) {
    assert.ok(error instanceof SlowpathError, `not a SlowpathError: ${String(error)}`);
    assert.equal(error.code, code, error.message);
    return error.message;
  }
  return assert.fail('nothing was thrown');
}

/** The same for what returns a promise. */
export async function rejectionOf(code: ErrorCode, act: () => Promise<unknown>): Promise<string> {
  try {
    await act();
  } catch (error) {
    assert.ok(error instanceof SlowpathError, `not a SlowpathError: ${String(error)}`);
    assert.equal(error.code, code, error.message);
    return error.message;
  }
  return assert.fail('nothing was thrown');
}

/** What is wrong with a plan's text, after its file name: `LINE:COLUMN: what; instead`. */
export function faultsOf(text: string, code: ErrorCode = 'PLAN_INVALID'): string[] {
  return messageOf(code, () => readPlan(text, '/somewhere/else/slowpath.jsonc'))
    .split('\n')
    .map((line) => {
      assert.match(line, /^slowpath\.jsonc:\d+:\d+: [^;]+.*; .+$/s);
      return line.slice('slowpath.jsonc:'.length);
    });
}

export const load = '"load": { "url": "http://127.0.0.1:1", "arrivals": { "model": "poisson", "rate": 5 } }';

/** A plan of one scenario `a` with a load, and what is given. */
export function scenarioWith(members: string): string {
  return `{ "scenarios": { "a": {\n${members},\n${load} } } }`;
}

/** A plan of one scenario `a` whose load has an address, Poisson arrivals and what is given. */
export function loadWith(members: string): string {
  return `{ "scenarios": { "a": { "load": { "url": "http://127.0.0.1:1", "arrivals": { "model": "poisson", "rate": 5 },\n${members} } } } }`;
}
