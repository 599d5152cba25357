import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { HpackDecoder } from '../../../src/load/drivers/http2/hpackDecoder.ts';
import { HpackEncoder, newHeaderList, type HeaderField } from '../../../src/load/drivers/http2/hpackEncoder.ts';
import { decodeHuffman, encodeHuffman } from '../../../src/load/drivers/http2/huffman.ts';

type Fields = Readonly<Record<string, string>>;

const bytesOf = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex.replaceAll(' ', ''), 'hex'));

/** Decodes blocks one after the other with one decoder that wants these names; null for one that is damaged. */
function decodeAll(names: readonly string[], blocks: readonly Uint8Array[]): (Fields | null)[] {
  const wanted = names.filter((name) => name !== ':status');
  const decoder = new HpackDecoder(wanted);
  return blocks.map((block) => {
    if (!decoder.decode(block, 0, block.length)) return null;
    const { fields } = decoder;
    const found: Record<string, string> = {};
    if (fields.status > 0) found[':status'] = String(fields.status);
    for (const [index, name] of wanted.entries()) {
      const value = fields.text(index);
      if (value !== null) found[name] = value;
    }
    return found;
  });
}

function decodeHex(names: readonly string[], ...blocks: readonly string[]): (Fields | null)[] {
  return decodeAll(names, blocks.map(bytesOf));
}

const requestNames = [':method', ':scheme', ':path', ':authority', 'cache-control', 'custom-key', 'password'];
const get = { ':method': 'GET', ':scheme': 'http', ':path': '/', ':authority': 'www.example.com' };
const requests = [
  get,
  { ...get, 'cache-control': 'no-cache' },
  { ...get, ':scheme': 'https', ':path': '/index.html', 'custom-key': 'custom-value' },
];
const answerNames = [':status', 'cache-control', 'date', 'location', 'content-encoding', 'set-cookie'];
const found = {
  ':status': '302',
  'cache-control': 'private',
  date: 'Mon, 21 Oct 2013 20:13:21 GMT',
  location: 'https://www.example.com',
};
const answers: readonly Fields[] = [
  found,
  { ...found, ':status': '307' },
  {
    ...found,
    ':status': '200',
    date: 'Mon, 21 Oct 2013 20:13:22 GMT',
    'content-encoding': 'gzip',
    'set-cookie': 'foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1',
  },
];
/** The examples of C.5 and C.6 have a table of 256 octets. */
const table256 = '3fe101';

test('RFC 7541 C.2: one field each way', () => {
  assert.deepEqual(decodeHex(['custom-key'], '400a 6375 7374 6f6d 2d6b 6579 0d63 7573 746f 6d2d 6865 6164 6572'), [
    { 'custom-key': 'custom-header' },
  ]);
  assert.deepEqual(decodeHex(requestNames, '040c 2f73 616d 706c 652f 7061 7468'), [{ ':path': '/sample/path' }]);
  assert.deepEqual(decodeHex(requestNames, '1008 7061 7373 776f 7264 0673 6563 7265 74'), [{ password: 'secret' }]);
  assert.deepEqual(decodeHex(requestNames, '82'), [{ ':method': 'GET' }]);
});

test('RFC 7541 C.3 and C.4: requests, without and with Huffman coding', () => {
  const plain = decodeHex(
    requestNames,
    '8286 8441 0f77 7777 2e65 7861 6d70 6c65 2e63 6f6d',
    '8286 84be 5808 6e6f 2d63 6163 6865',
    '8287 85bf 400a 6375 7374 6f6d 2d6b 6579 0c63 7573 746f 6d2d 7661 6c75 65',
  );
  const coded = decodeHex(
    requestNames,
    '8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff',
    '8286 84be 5886 a8eb 1064 9cbf',
    '8287 85bf 4088 25a8 49e9 5ba9 7d7f 8925 a849 e95b b8e8 b4bf',
  );
  assert.deepEqual(plain, requests);
  assert.deepEqual(coded, requests);
});

test('RFC 7541 C.5 and C.6: answers with evictions, without and with Huffman coding', () => {
  // The newest three entries are what is left in the end: set-cookie, content-encoding, date.
  const last: Fields = {
    date: answers[2]?.['date'] ?? '',
    'content-encoding': 'gzip',
    'set-cookie': answers[2]?.['set-cookie'] ?? '',
  };
  const plain = decodeHex(
    answerNames,
    `${table256} 4803 3330 3258 0770 7269 7661 7465 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32
     3120 474d 546e 1768 7474 7073 3a2f 2f77 7777 2e65 7861 6d70 6c65 2e63 6f6d`.replace(/\s/g, ''),
    '4803 3330 37c1 c0bf',
    `88c1 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32 3220 474d 54c0 5a04 677a 6970 7738 666f 6f3d
     4153 444a 4b48 514b 425a 584f 5157 454f 5049 5541 5851 5745 4f49 553b 206d 6178 2d61 6765 3d33 3630 303b 2076 6572
     7369 6f6e 3d31`.replace(/\s/g, ''),
    'bebf c0',
    'c1',
  );
  const coded = decodeHex(
    answerNames,
    `${table256} 4882 6402 5885 aec3 771a 4b61 96d0 7abe 9410 54d4 44a8 2005 9504 0b81 66e0 82a6 2d1b ff6e 919d 29ad 1718
     63c7 8f0b 97c8 e9ae 82ae 43d3`.replace(/\s/g, ''),
    '4883 640e ffc1 c0bf',
    `88c1 6196 d07a be94 1054 d444 a820 0595 040b 8166 e084 a62d 1bff c05a 839b d9ab 77ad 94e7 821d d7f2 e6c7 b335 dfdf
     cd5b 3960 d5af 2708 7f36 72c1 ab27 0fb5 291f 9587 3160 65c0 03ed 4ee5 b106 3d50 07`.replace(/\s/g, ''),
    'bebf c0',
    'c1',
  );
  assert.deepEqual(plain, [...answers, last, null]);
  assert.deepEqual(coded, [...answers, last, null]);
});

test('a value that nobody wants keeps its place in the table', () => {
  // custom-key twice, unwanted and coded; then :status 302, which the index 62 finds again, and the one before it.
  const unwanted = '4088 25a8 49e9 5ba9 7d7f 8925 a849 e95b b8e8 b4bf';
  const status = { ':status': '302' };
  assert.deepEqual(decodeHex([':status'], unwanted, `4803 3330 32 ${unwanted}`, 'be', 'bf', 'c0', 'c1'), [
    {},
    status,
    {},
    status,
    {},
    null,
  ]);
});

for (const [name, block] of [
  ['index 0', '80'],
  ['an index that is not there', 'be'],
  ['a name index that is not there', '7e 0161'],
  ['a string beyond the block', '0085 6161'],
  ['a string without a length', '00'],
  ['a name without a value', '00 0161'],
  ['an integer without an end', 'ff ffff ffff ffff ff7f'],
  ['an integer that is cut off', 'ff ff'],
  ['a table larger than allowed', '3fe2 1f'],
  ['a size update behind a field', '88 3fe1 01'],
  ['Huffman: padding with zeros', '40 8118 0161'],
  ['Huffman: a byte of padding', '40 821f ff 0161'],
  ['Huffman: the end of string', '40 84ff ffff ff 0161'],
] as const) {
  test(`damaged: ${name}`, () => assert.deepEqual(decodeHex([':status'], block), [null]));
}

for (const [name, block] of [
  ['no number as status', '4803 3330 78'],
  ['a status below 100', '4803 3039 39'],
  ['a status of four digits', '4804 3230 3030'],
  ['two statuses', '88 89'],
  ['a status behind a field', '00 0161 0162 88'],
  ['a request’s pseudo-header', '88 82'],
  ['an unknown pseudo-header', '88 00 023a 61 0162'],
  ['an upper-case name', '88 00 0141 0162'],
  ['an empty name', '88 00 00 0162'],
  ['a blank in a name', '88 00 03612062 0162'],
] as const) {
  test(`malformed, but still in step: ${name}`, () => {
    const decoder = new HpackDecoder([]);
    const bytes = bytesOf(block);
    assert.equal(decoder.decode(bytes, 0, bytes.length), true);
    assert.equal(decoder.fields.malformed, true);
    const good = bytesOf('88');
    assert.equal(decoder.decode(good, 0, good.length) && !decoder.fields.malformed, true);
  });
}

test('a bomb: thousands of references to one large entry cost nothing and are counted', () => {
  const decoder = new HpackDecoder(['a']);
  const large = Buffer.concat([bytesOf('40 0161 7f 810f'), Buffer.alloc(2048, 0x62)]);
  const bomb = Buffer.concat([bytesOf('88'), large, Buffer.alloc(60_000, 0xbe)]);
  assert.equal(decoder.decode(bomb, 0, bomb.length), true);
  assert.ok(decoder.fields.listBytes > 120e6, String(decoder.fields.listBytes));
  assert.equal(decoder.fields.text(0)?.length, 2048);
});

test('sizes of list and integers: RFC 9113 6.5.2, and numbers only', () => {
  const decoder = new HpackDecoder(['content-length', 'grpc-status']);
  const block = Buffer.concat([bytesOf('88 0f0d 03 313233'), Buffer.from('\0\x0bgrpc-status\x0213', 'latin1')]);
  assert.equal(decoder.decode(block, 0, block.length), true);
  assert.equal(decoder.fields.listBytes, 7 + 3 + 32 + 14 + 3 + 32 + 11 + 2 + 32);
  assert.equal(decoder.fields.integer(0), 123);
  assert.equal(decoder.fields.integer(1), 13);
  const other = bytesOf('88 0f0d 03 31782e');
  assert.equal(decoder.decode(other, 0, other.length), true);
  assert.equal(decoder.fields.integer(0), -1);
  assert.equal(decoder.fields.text(1), null);
});

test('Huffman: what is coded comes back, octet by octet and any text', () => {
  const out = new Uint8Array(4096);
  const roundTrip = (text: Uint8Array): void => {
    const coded = encodeHuffman(text);
    const end = decodeHuffman(coded, 0, coded.length, out, 0);
    assert.deepEqual(out.slice(0, Math.max(0, end)), Uint8Array.from(text));
  };
  for (let octet = 0; octet < 256; octet++) roundTrip(Uint8Array.of(octet, octet, 0x61, octet));
  fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), roundTrip));
});

test('random bytes: decoded or refused, never an exception, never beyond the scratch', () => {
  const decoder = new HpackDecoder([':path', 'date', 'x']);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      assert.equal(typeof decoder.decode(bytes, 0, bytes.length), 'boolean');
    }),
    { numRuns: 3000 },
  );
});

const octets = (alphabet: string, least: number) =>
  fc.string({ unit: fc.constantFrom(...alphabet.split('')), minLength: least, maxLength: 40 });
const fieldLists = fc.array(fc.array(fc.tuple(octets('abcdexyz-0', 1), octets('aZ09 /:;=é\t', 0)), { maxLength: 8 }), {
  minLength: 1,
  maxLength: 12,
});

test('encoder and decoder stay in step over random lists, with and without table, kept or not', () => {
  fc.assert(
    fc.property(fieldLists, fc.constantFrom(0, 64, 300, 4096), fc.boolean(), (lists, tableBytes, isKept) => {
      const encoder = new HpackEncoder('traceparent');
      encoder.resize(tableBytes);
      const names = [...new Set([...lists.flat().map(([name]) => name), 'traceparent'])];
      const kept = lists.map((fields) => newHeaderList(fields as HeaderField[], isKept));
      const sent = [...kept, ...kept, ...kept];
      const out = new Uint8Array(20_000);
      const blocks = sent.map((list, index) => {
        const value = index % 2 === 0 ? `00-${index}` : null;
        const end = encoder.encode(list, value, out, 7);
        assert.ok(end - 7 <= encoder.room(list, value));
        return out.slice(7, end);
      });
      const decoded = decodeAll(names, blocks);
      for (const [index, list] of sent.entries()) {
        // The first of a name, as the decoder keeps it.
        const expected: Record<string, string> = {};
        for (const [name, value] of list.fields) expected[name] ??= value;
        if (index % 2 === 0) expected['traceparent'] = `00-${index}`;
        assert.deepEqual(decoded[index], expected);
      }
    }),
  );
});

test('a request made anew each time: what stays the same is an index from the third time on, what varies never enters', () => {
  const encoder = new HpackEncoder('traceparent');
  const out = new Uint8Array(1000);
  const sizes = Array.from({ length: 600 }, (_, i) => {
    const path = `/items/${String(i).padStart(6, '0')}`;
    const fields = [
      [':method', 'GET'],
      [':path', path],
      ['user-agent', 'slowpath'],
      ['x-tenant', 'abcdefghijklmnop'],
    ] as const;
    return encoder.encode(newHeaderList(fields, false), null, out, 0);
  });
  // Indices for three fields, an index and a coded value for the path.
  assert.ok(
    sizes.slice(2).every((size) => size <= 3 + 1 + 1 + 13),
    sizes.join(),
  );
  assert.ok((sizes[0] ?? 0) > 35);
});

test('a kind of request settles at a byte a field, and its trace context at its length', () => {
  const encoder = new HpackEncoder('traceparent');
  const list = newHeaderList(
    [
      [':method', 'GET'],
      [':scheme', 'http'],
      [':authority', '127.0.0.1:8080'],
      [':path', '/a/long/path?with=query'],
      ['user-agent', 'slowpath'],
      ['accept', '*/*'],
    ],
    true,
  );
  const out = new Uint8Array(1000);
  assert.ok(encoder.encode(list, null, out, 0) > 40);
  assert.equal(encoder.encode(list, null, out, 0), 6);
  const value = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
  encoder.encode(list, value, out, 0);
  // An index of two bytes for the name, a length, the value.
  assert.equal(encoder.encode(list, value, out, 0), 6 + 2 + 1 + value.length);
});
