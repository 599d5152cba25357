import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { loadProtoFiles } from '../../../src/load/drivers/grpc/protoFiles.ts';
import type { Method, Services } from '../../../src/load/drivers/grpc/methods.ts';
import { temporaryFolder } from './support.ts';

const fixtures = join(import.meta.dirname, '../../fixtures/services/grpc');

function kinds(): Promise<Services> {
  return loadProtoFiles({ files: ['kinds.proto'], includeDirs: [fixtures] });
}

/** As in everything.binpb. */
const everything = {
  aDouble: 1.5,
  aFloat: 0.25,
  anInt32: -5,
  anInt64: '-9223372036854775808',
  aUint32: 4294967295,
  aUint64: '18446744073709551615',
  aSint32: -2147483648,
  aSint64: -1,
  aFixed32: 1,
  aFixed64: 7,
  aSfixed32: -1,
  aSfixed64: '-8',
  aBool: true,
  aString: 'höchst',
  someBytes: 'aGkA',
  innerColour: 'INNER_ONLY',
  outerColour: 'COLOUR_BLUE',
  numbers: [1, -2, 300],
  items: [{ name: 'a', priceEach: 2, part: { name: 'b' } }, {}],
  counts: { a: 1 },
  byNumber: { 7: { name: 'x' } },
  byFlag: { true: 'yes' },
  numberChoice: 3,
  maybe: 0,
  at: '2026-01-31T12:00:00.25Z',
  lasts: '-1.5s',
  wrapped: 5,
  mask: 'user.displayName,photo',
  money: { currency: 'EUR', units: 5 },
};

/** What is sent is what is received, as far as it was given. */
function assertCarries(method: Method, json: Record<string, unknown>, expected: object = json): void {
  const decoded = method.decode(method.encode(json)) as Record<string, unknown>;
  const given = Object.fromEntries(Object.keys(expected).map((key) => [key, decoded[key]]));
  assert.deepEqual(JSON.parse(JSON.stringify(given)), expected);
}

test('a method is found by its full name, with its kind', async () => {
  const services = await loadProtoFiles({ files: [join(fixtures, 'echo.proto')], includeDirs: [] });
  const kindsOf = ['Say', 'Count', 'Collect', 'Chat'].map((name) => {
    const { path, clientStreaming, serverStreaming } = services.method(`slowpath.echo.Echo/${name}`);
    return [path, clientStreaming, serverStreaming];
  });
  assert.deepEqual(kindsOf, [
    ['/slowpath.echo.Echo/Say', false, false],
    ['/slowpath.echo.Echo/Count', false, true],
    ['/slowpath.echo.Echo/Collect', true, false],
    ['/slowpath.echo.Echo/Chat', true, true],
  ]);
  for (const name of ['/slowpath.echo.Echo/Say', 'slowpath.echo.Echo.Say'])
    assert.equal(services.method(name).path, '/slowpath.echo.Echo/Say');
});

test('a method that is not there: the one that was meant is named', async () => {
  const services = await loadProtoFiles({ files: ['echo.proto'], includeDirs: [fixtures] });
  const refuses = (name: string, message: RegExp) =>
    assert.throws(() => services.method(name), { code: 'LOAD_FAILED', message });
  refuses('slowpath.echo.Echo/Sey', /echo\.proto has no method .*did you mean "slowpath\.echo\.Echo\/Say"\?/);
  refuses('Echo/Say', /did you mean "slowpath\.echo\.Echo\/Say"/);
  refuses('Nothing.Like/That', /there are slowpath\.echo\.Echo\/Say, slowpath\.echo\.Echo\/Count/);
});

test('the bytes of a message are those of the wire format', async () => {
  const method = (await loadProtoFiles({ files: ['echo.proto'], includeDirs: [fixtures] })).method(
    'slowpath.echo.Echo/Say',
  );
  // Field 1, length-delimited, "abc"; field 2, varint 300; field 4, varint 5 (by its JSON name).
  const bytes = method.encode({ payload: 'YWJj', count: 300, delayMs: 5 });
  assert.equal(bytes.toString('hex'), '0a03616263' + '10ac02' + '2005');
  assert.equal(method.encode({}).length, 0);
});

test('every type is carried', async () => {
  const put = (await kinds()).method('slowpath.kinds.Kinds/Put');
  assertCarries(put, { a_double: 1.5, a_float: 0.25, an_int32: -5, a_uint32: 4294967295, a_sint32: -2147483648 });
  assertCarries(put, { an_int64: '-9223372036854775808', a_uint64: '18446744073709551615', a_sint64: '-1' });
  assertCarries(
    put,
    { an_int64: 5, a_fixed64: 7, a_sfixed64: '-8' },
    { an_int64: '5', a_fixed64: '7', a_sfixed64: '-8' },
  );
  assertCarries(put, { a_fixed32: 1, a_sfixed32: -1, a_bool: true, a_string: 'höchst 🌍', some_bytes: 'aGk=' });
  assertCarries(put, { some_bytes: '-_8' }, { some_bytes: '+/8=' });
  assertCarries(put, { a_double: 'Infinity', a_float: '-Infinity' }, { a_double: null, a_float: null });
  assertCarries(put, { numbers: [1, -2, 300], items: [{ name: 'a', price_each: 2, part: null }] });
  assertCarries(put, { counts: { a: 1, b: 2 }, by_flag: { true: 'yes' } });
  assertCarries(
    put,
    { by_number: { 7: { name: 'x', priceEach: 1 } } },
    { by_number: { 7: { name: 'x', price_each: 1, part: null } } },
  );
  assertCarries(put, { number_choice: 3, maybe: 1, maybeToo: 2 }, { number_choice: 3, maybe: 1, maybe_too: 2 });
  assertCarries(
    put,
    { money: { currency: 'EUR', units: '5' }, a_string: null },
    { money: { currency: 'EUR', units: '5' } },
  );
});

/** Made by protoc --encode from the same values. */
test('a message of every type has the bytes that protoc gives it', async () => {
  const put = (await kinds()).method('slowpath.kinds.Kinds/Put');
  assert.equal(
    put.encode(everything).toString('hex'),
    readFileSync(join(fixtures, 'everything.binpb')).toString('hex'),
  );
});

test('an enumeration by name or number, and a name that two scopes share', async () => {
  const put = (await kinds()).method('slowpath.kinds.Kinds/Put');
  assertCarries(put, { inner_colour: 'INNER_ONLY', outer_colour: 'COLOUR_BLUE' });
  assertCarries(
    put,
    { inner_colour: 7, outer_colour: -2 },
    { inner_colour: 'INNER_ONLY', outer_colour: 'COLOUR_BLUE' },
  );
});

test('well-known types are written as in JSON, or by their fields', async () => {
  const put = (await kinds()).method('slowpath.kinds.Kinds/Put');
  const at = { seconds: '1769860800', nanos: 250_000_000 };
  assertCarries(
    put,
    { at: '2026-01-31T12:00:00.25Z', lasts: '-1.5s' },
    { at, lasts: { seconds: '-1', nanos: -500_000_000 } },
  );
  assertCarries(put, { at: '2026-01-31T13:00:00.25+01:00' }, { at });
  assertCarries(put, { at });
  assertCarries(
    put,
    { wrapped: 5, mask: 'user.displayName,photo' },
    { wrapped: { value: '5' }, mask: { paths: ['user.display_name', 'photo'] } },
  );
  const free = put.decode(put.encode({ free: { a: [1, 'b', null], c: { d: true } } }));
  assert.match(JSON.stringify(free), /"numberValue":1.*"stringValue":"b".*"nullValue":"NULL_VALUE".*"boolValue":true/);
  const any = put.decode(put.encode({ any: { '@type': 'type.googleapis.com/slowpath.shared.Money', units: 5 } }));
  assert.match(JSON.stringify(any), /"type_url":"type\.googleapis\.com\/slowpath\.shared\.Money","value":"EAU="/);
});

test('what does not fit is refused by the name of its field', async () => {
  const put = (await kinds()).method('slowpath.kinds.Kinds/Put');
  const refuses = (json: unknown, ...parts: string[]) =>
    assert.throws(
      () => put.encode(json),
      (error: Error & { code?: string }) => {
        assert.equal(error.code, 'LOAD_FAILED');
        for (const part of ['Message of slowpath.kinds.Kinds/Put', ...parts])
          assert.ok(error.message.includes(part), error.message);
        return true;
      },
    );
  refuses([], 'is not an object');
  refuses('text', '"text" is not an object');
  refuses({ a_strin: 'x' }, 'field "a_strin"', 'did you mean "a_string"?');
  refuses(
    { an_int32: 'five' },
    'field "an_int32": "five" is not a whole number from -2147483648 to 2147483647 (int32)',
  );
  refuses({ an_int32: 2 ** 31 }, '2147483648 is not');
  refuses({ an_int64: 2 ** 60 }, 'field "an_int64"');
  refuses({ a_uint64: '-1' }, 'field "a_uint64"');
  refuses({ a_float: 1e39 }, 'field "a_float"');
  refuses({ a_bool: 'true' }, 'field "a_bool": "true" is not true or false');
  refuses({ some_bytes: 'no base64!' }, 'field "some_bytes"', 'Base64');
  refuses({ numbers: 1 }, 'field "numbers": 1 is not a list');
  refuses({ numbers: [1, 'x'] }, 'field "numbers[1]"');
  refuses({ items: [{}, { part: { price_each: 'x' } }] }, 'field "items[1].part.price_each": "x" is not a number');
  refuses({ counts: { a: 'x' } }, 'field "counts["a"]"');
  refuses({ by_number: { x: {} } }, 'field "by_number["x"]"');
  refuses({ outer_colour: 'COLOUR_REED' }, 'did you mean "COLOUR_RED"?');
  refuses({ text_choice: 'a', number_choice: 1 }, 'field "number_choice": only one of it and "text_choice"');
  refuses({ maybe_too: 1, maybeToo: 2 }, 'stands twice');
  refuses({ at: 'yesterday' }, 'field "at": "yesterday" is not a time such as');
  refuses({ any: { '@type': 'x/Nothing' } }, 'there is no message Nothing');
  let deep: object = {};
  for (let i = 0; i < 100; i++) deep = { part: deep };
  refuses({ items: [deep] }, 'nested more than');
});

async function write(t: TestContext, files: Record<string, string>): Promise<string> {
  const dir = await temporaryFolder(t);
  await mkdir(join(dir, 'inner'));
  for (const [name, text] of Object.entries(files)) await writeFile(join(dir, name), text);
  return dir;
}

const loading = (dir: string) => loadProtoFiles({ files: ['a.proto'], includeDirs: [dir, join(dir, 'inner')] });
const rejects = (promise: Promise<unknown>, ...parts: string[]) =>
  assert.rejects(promise, (error: Error & { code?: string }) => {
    assert.equal(error.code, 'LOAD_FAILED');
    for (const part of parts) assert.ok(error.message.includes(part), error.message);
    return true;
  });

test('a mistake in a .proto file is told with file and line', async (t) => {
  const dir = await write(t, { 'a.proto': 'syntax = "proto3";\n\nmessage A {\n  string name 1;\n}\n' });
  await rejects(loading(dir), join(dir, 'a.proto:4: '));
  await writeFile(join(dir, 'a.proto'), 'syntax = "proto3";\nimport "b.proto";\nimport "c.proto";\n');
  await writeFile(join(dir, 'b.proto'), 'syntax = "proto3";\n\n\nmessage B {}\nmessage\n');
  await writeFile(join(dir, 'c.proto'), 'syntax = "proto3";\n');
  await rejects(loading(dir), join(dir, 'b.proto:5: '));
});

test('an import that is not there is told with the line that asks for it', async (t) => {
  const dir = await write(t, {
    'a.proto': 'syntax = "proto3";\nimport "b.proto";\nmessage A { B b = 1; }\n',
    'inner/b.proto': 'syntax = "proto3";\n\nimport "gone/c.proto";\nmessage B {}\n',
  });
  await rejects(
    loading(dir),
    `${join(dir, 'inner/b.proto')}:3: import "gone/c.proto" was not found in ${dir}`,
    'includeDirs',
  );
});

test('a type that nothing declares is told with the line that names it', async (t) => {
  const dir = await write(t, {
    'a.proto':
      'syntax = "proto3";\nmessage A {\n  string name = 1;\n  Missing what = 2;\n}\nservice S { rpc Go(A) returns (A); }\n',
  });
  await rejects(loading(dir), `${join(dir, 'a.proto')}:4: `, 'Missing');
});

test('a file that is not there, and files that import each other', async (t) => {
  const dir = await write(t, {
    'a.proto': 'syntax = "proto3";\nimport "b.proto";\nmessage A { B b = 1; }\nservice S { rpc Go(A) returns (B); }\n',
    'b.proto': 'syntax = "proto3";\nimport "a.proto";\nmessage B { int32 n = 1; }\n',
  });
  await rejects(
    loadProtoFiles({ files: ['gone.proto'], includeDirs: [dir] }),
    `The file gone.proto was not found in ${dir}`,
  );
  const services = await loading(dir);
  assert.deepEqual(services.names, ['S/Go']);
  assert.equal(
    services
      .method('S/Go')
      .encode({ b: { n: 5 } })
      .toString('hex'),
    '0a020805',
  );
});
