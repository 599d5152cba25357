import { inspect } from 'node:util';

/**
 * A reporter for node:test that writes one JSON line: how many tests of each file passed, by name which failed (and with what
 * error) and which were skipped, and how long all of them took.
 */
export default async function* countingReporter(events) {
  const files = {};
  for await (const event of events) {
    if (event.type !== 'test:pass' && event.type !== 'test:fail') continue;
    const { file = '', name, nesting } = event.data;
    const counts = (files[file] ??= { passed: 0, failures: [], skipped: [], ms: 0 });
    if (nesting === 0) counts.ms += event.data.details?.duration_ms ?? 0;
    if (event.data.details?.type === 'suite') continue;
    if (event.data.skip !== undefined || event.data.todo !== undefined) counts.skipped.push(name);
    else if (event.type === 'test:pass') counts.passed++;
    else counts.failures.push({ name, error: inspect(event.data.details.error.cause ?? event.data.details.error) });
  }
  yield `${JSON.stringify(files)}\n`;
}
