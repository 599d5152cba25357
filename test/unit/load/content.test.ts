import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { SlowpathError } from '../../../src/errors.ts';
import { AnswerChecker } from '../../../src/load/content/answerCheck.ts';
import { readDataFile, type DataFile } from '../../../src/load/content/dataFile.ts';
import { newPayload } from '../../../src/load/content/payload.ts';
import { Templates } from '../../../src/load/content/template.ts';
import { traceparent, writeSequence } from '../../../src/load/traceparent.ts';
import type { AnswerCheck } from '../../../src/plan/scenario.ts';
import { templateFault } from '../../../src/plan/templateText.ts';
import { temporaryFolder } from './support.ts';

const users: DataFile = {
  columns: ['id', 'name'],
  rows: [
    ['7', 'ann'],
    ['8', 'bob'],
    ['9', 'cy'],
  ],
};
const templates = (seed = 1): Templates => new Templates(seed, new Map([['users', users]]));

function filled(text: string, times: number, from = templates()): string[] {
  const source = from.compile(text);
  return Array.from({ length: times }, () => {
    from.advance();
    return source.next();
  });
}

test('a text without templates is the same each time; four braces stand for two', () => {
  assert.equal(templates().compile('{"a":{"b":1}}').fixed, '{"a":{"b":1}}');
  assert.equal(templates().compile('{{{{x}}').fixed, '{{x}}');
});

test('counter, rows, random numbers, digits and UUIDs', () => {
  assert.deepEqual(filled('n={{counter}}', 3), ['n=1', 'n=2', 'n=3']);
  assert.deepEqual(filled('{{users.id}}/{{users.name}}', 4), ['7/ann', '8/bob', '9/cy', '7/ann']);
  const rolls = filled('{{random 1 6}}', 6000).map(Number);
  for (let face = 1; face <= 6; face++) {
    const count = rolls.filter((roll) => roll === face).length;
    // 1000 each, standard deviation 29.
    assert.ok(Math.abs(count - 1000) < 130, `${face}: ${count}`);
  }
  for (const text of filled('{{hex 20}}', 50)) assert.match(text, /^[0-9a-f]{20}$/);
  const ids = filled('{{uuid}}', 1000);
  assert.equal(new Set(ids).size, 1000);
  for (const id of ids) assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});

test('equal seeds give equal requests, other seeds others', () => {
  const text = '{{uuid}} {{random 0 1000000}}';
  assert.deepEqual(filled(text, 20, templates(5)), filled(text, 20, templates(5)));
  assert.notDeepEqual(filled(text, 20, templates(5)), filled(text, 20, templates(6)));
});

test('what is wrong with a template is told with its column', () => {
  assert.deepEqual(templateFault('ok {{counter}} {{{{'), null);
  for (const [text, column, part] of [
    ['a{{couter}}', 2, '"{{counter}}"'],
    ['{{random 5}}', 1, '{{random 1 100}}'],
    ['{{random 9 1}}', 1, '{{random 1 100}}'],
    ['ab {{hex 0}}', 4, '{{hex 8}}'],
    ['x{{counter', 2, 'has no end'],
    ['{{counter 3}}', 1, 'takes nothing more'],
  ] as const) {
    const fault = templateFault(text);
    assert.equal(fault?.column, column, text);
    assert.ok(fault.message.includes(part), fault.message);
    assert.match(fault.message, /; write /);
  }
});

test('a file, column or value that cannot be used is refused before anything is sent', () => {
  const refused = (text: string, allows?: RegExp): string => {
    try {
      templates().compile(text, allows);
    } catch (error) {
      assert.ok(error instanceof SlowpathError && error.code === 'LOAD_FAILED');
      return error.message;
    }
    return assert.fail('nothing was thrown');
  };
  assert.match(refused('{{user.id}}'), /No data file is called "user"; write "users"/);
  assert.match(refused('{{users.nam}}'), /has no column "nam"; write "name"/);
  assert.match(refused('{{users.name}}', /^[a-m]*$/), /Row 1 .* "ann" in "name"/);
});

test('data files: CSV with quotes and JSON lines, and faults with their lines', async (t) => {
  const dir = await temporaryFolder(t);
  const read = async (text: string): Promise<DataFile> => {
    await writeFile(join(dir, 'd'), text);
    return readDataFile(join(dir, 'd'));
  };
  assert.deepEqual(await read('\uFEFFid,name\r\n1,"a ""b"", c"\r\n2,"two\nlines"\n\n3,\n'), {
    columns: ['id', 'name'],
    rows: [
      ['1', 'a "b", c'],
      ['2', 'two\nlines'],
      ['3', ''],
    ],
  });
  assert.deepEqual(await read('{"id":1,"tags":["x"]}\n{"name":"n","id":"2"}\n'), {
    columns: ['id', 'tags', 'name'],
    rows: [
      ['1', '["x"]', ''],
      ['2', '', 'n'],
    ],
  });
  for (const [text, part] of [
    ['a,b\n1\n', '1 fields in line 2'],
    ['a,b\n1,"2\n', 'line 2: a quote is not closed'],
    ['a\n"x"y\n', 'line 2: something follows a closing quote'],
    ['a,b\n', 'has no rows'],
    ['{"a":1}\n{"a"\n', 'line 2: it is not JSON'],
    ['{"a":1}\n[1]\n', 'line 2: it is not an object'],
  ] as const) {
    await assert.rejects(read(text), (error) => error instanceof SlowpathError && error.message.includes(part));
  }
  assert.throws(() => readDataFile(join(dir, 'none')), /cannot be read/);
});

test('CSV: what is quoted comes back, whatever it holds', async (t) => {
  const dir = await temporaryFolder(t);
  const field = fc.string().map((text) => text.replace(/\0/g, '').toWellFormed());
  const rows = fc.array(fc.tuple(field, field), { minLength: 1, maxLength: 20 });
  await fc.assert(
    fc.asyncProperty(rows, async (given) => {
      const quote = (text: string): string => `"${text.replaceAll('"', '""')}"`;
      await writeFile(join(dir, 'd'), ['a,b', ...given.map((row) => row.map(quote).join(','))].join('\n'));
      assert.deepEqual(readDataFile(join(dir, 'd')).rows, given);
    }),
    { numRuns: 100 },
  );
});

test('payloads: text, bytes, random bytes of a seed, templates', () => {
  const made = (body: string, bodyEncoding: 'utf8' | 'base64' | 'random', seed = 1): Buffer =>
    Buffer.from(newPayload({ body, bodyEncoding }, templates(), seed).next());
  assert.equal(made('grüß', 'utf8').toString(), 'grüß');
  assert.deepEqual([...made('AAH/', 'base64')], [0, 1, 255]);
  assert.equal(made('64', 'random').length, 64);
  assert.deepEqual(made('64', 'random'), made('64', 'random'));
  assert.notDeepEqual(made('64', 'random'), made('64', 'random', 2));
});

test('checks: status, text, pattern, headers and echo', () => {
  const nothing: AnswerCheck = { status: null, bodyHolds: null, bodyMatches: null, headers: {}, echo: false };
  const judge = (
    check: Partial<AnswerCheck>,
    status: number,
    body = '',
    headers: Record<string, string> = {},
  ): boolean => {
    const checker = new AnswerChecker({ ...nothing, ...check });
    checker.start();
    for (const [name, value] of Object.entries(headers)) checker.header(name, value);
    const bytes = Buffer.from(body);
    // In pieces, as it comes.
    if (checker.looksAtBody) for (let i = 0; i < bytes.length; i++) checker.body(bytes, i, i + 1);
    return checker.isGood(status, status < 400, Buffer.from('ping'));
  };
  assert.deepEqual([judge({}, 200), judge({}, 500)], [true, false]);
  assert.deepEqual([judge({ status: [404, 500] }, 500), judge({ status: [404] }, 200)], [true, false]);
  assert.deepEqual(
    [judge({ bodyHolds: 'üb' }, 200, 'drüben'), judge({ bodyHolds: 'x' }, 200, 'drüben')],
    [true, false],
  );
  assert.deepEqual(
    [judge({ bodyMatches: '^a+$' }, 200, 'aaa'), judge({ bodyMatches: '^a+$' }, 200, 'aab')],
    [true, false],
  );
  assert.deepEqual([judge({ echo: true }, 200, 'ping'), judge({ echo: true }, 200, 'pong')], [true, false]);
  const wanted = { headers: { 'X-Kind': 'a' } };
  assert.deepEqual(
    [judge(wanted, 200, '', { 'x-kind': 'a' }), judge(wanted, 200, '', { 'x-kind': 'b' })],
    [true, false],
  );
});

test('the number of a request in its trace context', () => {
  const text = traceparent('1234567890abcdef', 0xbeef);
  assert.equal(text, '00-1234567890abcdef000000000000beef-000000000000beef-01');
  const bytes = Buffer.from('x'.repeat(20));
  for (const sequence of [1, 255, 2 ** 31 - 1, 2 ** 52 + 3]) {
    writeSequence(bytes, 2, sequence);
    assert.equal(bytes.toString(), `xx${sequence.toString(16).padStart(16, '0')}xx`);
  }
});
