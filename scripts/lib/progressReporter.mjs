/** A reporter for node:test that shows a mark a test as it ends; what failed is told by the summary. */
export default async function* progressReporter(events) {
  let column = 0;
  for await (const { type, data } of events) {
    if ((type !== 'test:pass' && type !== 'test:fail') || data.details?.type === 'suite') continue;
    yield type === 'test:pass' ? '.' : 'X';
    column = (column + 1) % 100;
    if (column === 0) yield '\n';
  }
  if (column > 0) yield '\n';
}
