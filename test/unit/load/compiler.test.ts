import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import test from 'node:test';
import { isSettled } from '../../../src/load/compiler.ts';

const compiler = new URL('../../../src/load/compiler.ts', import.meta.url);

/** Two functions get hot, one while the compiler is held and one after it was released; V8 is asked which of them it optimized. */
const script = `
import { holdCompiler, releaseCompiler } from ${JSON.stringify(compiler.href)};
const isOptimized = (f) => (%GetOptimizationStatus(f) & 0b10000) !== 0;
const fresh = () => eval('(function (n) { let sum = 0; for (let i = 0; i < n; i++) sum += i & 7; return sum; })');
const heat = async (f, ms) => {
  for (const end = performance.now() + ms; performance.now() < end && !isOptimized(f); await new Promise(setImmediate)) f(10_000);
  return isOptimized(f);
};
holdCompiler();
const held = await heat(fresh(), 300);
releaseCompiler();
console.log(JSON.stringify({ held, released: await heat(fresh(), 10_000) }));
`;

test('held, nothing is optimized any more; released, it is again', () => {
  const args = ['--allow-natives-syntax', '--input-type=module', '-e', script];
  assert.deepEqual(JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' })), {
    held: false,
    released: true,
  });
});

test('only an idle generator does without its compilers, after a warm-up like the window', () => {
  const idle = { windowUs: 3e6, cpuUs: 2.9e6 };
  assert.equal(isSettled('constant', idle, 2.5e6), true);
  assert.equal(isSettled('poisson', idle, 2.5e6), true);
  assert.equal(isSettled('constant', idle, 1e6), false, 'busy');
  assert.equal(isSettled('ramp', idle, 2.5e6), false, 'another rate to come');
  assert.equal(isSettled('closed', idle, 2.9e6), false, 'as fast as it goes');
  assert.equal(isSettled('constant', { windowUs: 0.5e6, cpuUs: 0.1e6 }, 0), false, 'too short to know');
});
