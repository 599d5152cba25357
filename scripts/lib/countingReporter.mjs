/** A reporter for node:test that writes one JSON line: how many tests passed, failed and were skipped, by name. */
export default async function* countingReporter(events) {
  const counts = { passed: 0, failed: 0, skipped: [], failures: [] };
  for await (const event of events) {
    if (event.type !== 'test:pass' && event.type !== 'test:fail') continue;
    if (event.data.details?.type === 'suite') continue;
    const name = `${event.data.file ?? ''} ${event.data.name}`.trim();
    if (event.data.skip !== undefined || event.data.todo !== undefined) counts.skipped.push(name);
    else if (event.type === 'test:pass') counts.passed++;
    else {
      counts.failed++;
      counts.failures.push(name);
    }
  }
  yield `${JSON.stringify(counts)}\n`;
}
