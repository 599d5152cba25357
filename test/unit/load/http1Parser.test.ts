import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Http1Parser } from '../../../src/load/drivers/http1Parser.ts';

interface Answer {
  readonly status: number;
  readonly bytes: number;
  readonly reusable: boolean;
  /** Bytes left over. */
  readonly rest: number;
}

/** Feeds a text in pieces, each in the same reused buffer, as sockets do. The answer, 'more' if it is not complete, or the error. */
function feed(parser: Http1Parser, pieces: readonly Uint8Array[], closes: boolean): Answer | string {
  const buffer = new Uint8Array(Math.max(1, ...pieces.map((piece) => piece.length)));
  let left = pieces.reduce((sum, piece) => sum + piece.length, 0);
  for (const piece of pieces) {
    buffer.fill(0x58);
    buffer.set(piece);
    const end = parser.execute(buffer, 0, piece.length);
    if (end < 0) return parser.error;
    left -= end;
    if (parser.complete) break;
  }
  if (!parser.complete && closes && !parser.finish()) return parser.error;
  if (!parser.complete) return 'more';
  return { status: parser.status, bytes: parser.bytes, reusable: parser.reusable, rest: left };
}

function parse(text: string, options: { head?: boolean; closes?: boolean } = {}): Answer | string {
  const parser = new Http1Parser();
  parser.start(options.head ?? false);
  return feed(parser, [Buffer.from(text, 'latin1')], options.closes ?? false);
}

const answers: readonly (readonly [
  name: string,
  text: string,
  status: number,
  reusable: boolean,
  options?: { head?: boolean; closes?: boolean },
])[] = [
  ['content-length', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello', 200, true],
  ['no reason phrase', 'HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n', 200, true],
  ['odd case and spaces', 'HTTP/1.1 201 Created\r\ncOnTeNt-LeNgTh: \t 2 \t\r\n\r\nok', 201, true],
  ['bare line feeds', 'HTTP/1.1 200 OK\nContent-Length: 2\n\nok', 200, true],
  ['empty lines before', '\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n', 200, true],
  [
    'chunked',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n1A\r\nabcdefghijklmnopqrstuvwxyz\r\n0\r\n\r\n',
    200,
    true,
  ],
  [
    'chunk extensions and trailers',
    'HTTP/1.1 200 OK\r\ntransfer-encoding: gzip, chunked\r\n\r\n2;a="b"\r\nok\r\n0;last\r\nX-Sum: 1\r\nY: 2\r\n\r\n',
    200,
    true,
  ],
  [
    'interim answers',
    'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok',
    200,
    true,
  ],
  ['no content', 'HTTP/1.1 204 No Content\r\nContent-Length: 7\r\n\r\n', 204, true],
  ['not modified', 'HTTP/1.1 304 Not Modified\r\nContent-Length: 7\r\n\r\n', 304, true],
  ['answer to HEAD', 'HTTP/1.1 200 OK\r\nContent-Length: 700\r\n\r\n', 200, true, { head: true }],
  ['connection: close', 'HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok', 200, false],
  ['close among others', 'HTTP/1.1 200 OK\r\nConnection: x, Close\r\nContent-Length: 0\r\n\r\n', 200, false],
  ['HTTP/1.0', 'HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok', 200, false],
  ['HTTP/1.0 keep-alive', 'HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\nContent-Length: 2\r\n\r\nok', 200, true],
  ['until close', 'HTTP/1.1 200 OK\r\n\r\nall there is', 200, false, { closes: true }],
  ['until close, coded', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nxxx', 200, false, { closes: true }],
  [
    'both framings',
    'HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n',
    200,
    false,
  ],
  ['the same length twice', 'HTTP/1.1 500 Oops\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nno', 500, true],
  ['bytes beyond ASCII in a value', 'HTTP/1.1 404 N\xf6pe\r\nX: \xe4\xff\r\nContent-Length: 0\r\n\r\n', 404, true],
];

for (const [name, text, status, reusable, options] of answers) {
  test(`${name}: whole, at every split, byte by byte, and twice in a row`, () => {
    const bytes = Buffer.from(text, 'latin1');
    const expected = { status, bytes: bytes.length, reusable, rest: 0 };
    assert.deepEqual(parse(text, options), expected);
    const parser = new Http1Parser();
    for (let at = 0; at <= bytes.length; at++) {
      parser.start(options?.head ?? false);
      const pieces = [bytes.subarray(0, at), bytes.subarray(at)];
      assert.deepEqual(feed(parser, pieces, options?.closes ?? false), expected, `split at ${at}`);
    }
    parser.start(options?.head ?? false);
    assert.deepEqual(
      feed(
        parser,
        Array.from(bytes, (byte) => Uint8Array.of(byte)),
        options?.closes ?? false,
      ),
      expected,
    );
    if (options?.closes) return;
    assert.deepEqual(parse(text + text, options), { ...expected, rest: bytes.length });
    for (let at = 0; at < bytes.length; at++) {
      parser.start(options?.head ?? false);
      assert.equal(feed(parser, [bytes.subarray(0, at)], false), 'more', `complete after ${at} bytes`);
    }
  });
}

const malformed: readonly (readonly [text: string, code: string])[] = [
  ['garbage\r\n\r\n', 'HPE_INVALID_CONSTANT'],
  ['SSH-2.0-OpenSSH_9.2\r\n', 'HPE_INVALID_CONSTANT'],
  ['\x16\x03\x01\x02', 'HPE_INVALID_CONSTANT'],
  ['HTTP/2.0 200 OK\r\n\r\n', 'HPE_INVALID_CONSTANT'],
  ['HTTP/1.7 200 OK\r\n\r\n', 'HPE_INVALID_VERSION'],
  ['HTTP/1.1 20x OK\r\n\r\n', 'HPE_INVALID_STATUS'],
  ['HTTP/1.1 2000 OK\r\n\r\n', 'HPE_INVALID_STATUS'],
  ['HTTP/1.1 099 OK\r\n\r\n', 'HPE_INVALID_STATUS'],
  ['HTTP/1.1 200 OK\r\nno colon\r\n\r\n', 'HPE_INVALID_HEADER_TOKEN'],
  ['HTTP/1.1 200 OK\r\n: empty\r\n\r\n', 'HPE_INVALID_HEADER_TOKEN'],
  ['HTTP/1.1 200 OK\r\nContent-Length : 2\r\n\r\nok', 'HPE_INVALID_HEADER_TOKEN'],
  ['HTTP/1.1 200 OK\r\nA: b\r\n folded: x\r\n\r\n', 'HPE_INVALID_HEADER_TOKEN'],
  ['HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n', 'HPE_INVALID_CONTENT_LENGTH'],
  ['HTTP/1.1 200 OK\r\nContent-Length:\r\n\r\n', 'HPE_INVALID_CONTENT_LENGTH'],
  ['HTTP/1.1 200 OK\r\nContent-Length: 1e3\r\n\r\n', 'HPE_INVALID_CONTENT_LENGTH'],
  ['HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n', 'HPE_INVALID_CONTENT_LENGTH'],
  ['HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n', 'HPE_UNEXPECTED_CONTENT_LENGTH'],
  ['HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n', 'HPE_UNEXPECTED_UPGRADE'],
  ['HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nxyz\r\n', 'HPE_INVALID_CHUNK_SIZE'],
  ['HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n\r\n', 'HPE_INVALID_CHUNK_SIZE'],
  ['HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nfffffffffffffff\r\n', 'HPE_INVALID_CHUNK_SIZE'],
  ['HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nokay\r\n', 'HPE_STRICT'],
  [`HTTP/1.1 200 OK\r\nx: ${'a'.repeat(70_000)}`, 'HPE_HEADER_OVERFLOW'],
  [`HTTP/1.1 200 OK\r\nx: ${'a'.repeat(70_000)}\r\n\r\n`, 'HPE_HEADER_OVERFLOW'],
  [`HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2;${'x'.repeat(20_000)}`, 'HPE_CHUNK_EXTENSIONS_OVERFLOW'],
  [`HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n${'x: y\r\n'.repeat(4000)}`, 'HPE_HEADER_OVERFLOW'],
];

test('what is not an answer is refused under the name Node uses, wherever it is split', () => {
  for (const [text, code] of malformed) {
    assert.equal(parse(text), code, JSON.stringify(text.slice(0, 60)));
    const bytes = Buffer.from(text, 'latin1');
    const parser = new Http1Parser();
    for (let at = 0; at <= Math.min(bytes.length, 200); at++) {
      parser.start(false);
      assert.equal(feed(parser, [bytes.subarray(0, at), bytes.subarray(at)], false), code);
    }
  }
});

test('an answer cut off by the close is an error, unless its end is the close', () => {
  for (const text of [
    '',
    'HTTP/1.1 2',
    'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell',
    'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n',
  ]) {
    assert.equal(parse(text, { closes: true }), 'HPE_INVALID_EOF_STATE');
  }
});

test('a head that trickles in byte by byte is taken in linear time', () => {
  const bytes = Buffer.from(`HTTP/1.1 200 OK\r\n${'x-y: z\r\n'.repeat(7000)}content-length: 0\r\n\r\n`);
  const parser = new Http1Parser();
  parser.start(false);
  const started = performance.now();
  for (const byte of bytes) parser.execute(Uint8Array.of(byte), 0, 1);
  assert.ok(parser.complete);
  assert.ok(performance.now() - started < 2000);
});

test('any well-formed answer, in any pieces', () => {
  const token = fc
    .stringMatching(/^[a-z][a-z-]{0,8}$/)
    .filter((name) => !['connection', 'content-length', 'transfer-encoding'].includes(name));
  const headers = fc.array(fc.tuple(token, fc.stringMatching(/^[ -~]{0,20}$/)), { maxLength: 6 });
  const body = fc.oneof(
    fc.string({ unit: 'binary-ascii', maxLength: 300 }).map((text) => `content-length: ${text.length}\r\n\r\n${text}`),
    fc
      .array(fc.string({ unit: 'binary-ascii', minLength: 1, maxLength: 50 }), { maxLength: 5 })
      .map(
        (chunks) =>
          `transfer-encoding: chunked\r\n\r\n${chunks.map((chunk) => `${chunk.length.toString(16)}\r\n${chunk}\r\n`).join('')}0\r\n\r\n`,
      ),
  );
  const status = fc.integer({ min: 200, max: 599 }).filter((code) => code !== 204 && code !== 304);
  fc.assert(
    fc.property(status, headers, body, fc.array(fc.nat(), { maxLength: 8 }), (code, fields, rest, cuts) => {
      const text = `HTTP/1.1 ${code} Whatever\r\n${fields.map(([name, value]) => `${name}: ${value}\r\n`).join('')}${rest}`;
      const bytes = Buffer.from(text, 'latin1');
      const at = [0, ...cuts.map((cut) => cut % bytes.length).sort((a, b) => a - b), bytes.length];
      const pieces = at.slice(1).map((end, i) => bytes.subarray(at[i], end));
      const parser = new Http1Parser();
      parser.start(false);
      assert.deepEqual(feed(parser, pieces, false), { status: code, bytes: bytes.length, reusable: true, rest: 0 });
    }),
  );
});

test('an answer is read alike after any other, whether it begins as that one did or not', () => {
  const kept = answers.filter(([, , , reusable, options]) => reusable && !options?.closes);
  const variants = kept.flatMap(([, text, , , options]) => [
    { text, head: options?.head ?? false },
    { text: text.replace(/ 20(\d)/, ' 40$1'), head: options?.head ?? false },
    // The same head, another framing: no body follows the answer to a HEAD.
    { text: `${text.split(/\r\n\r\n(?=[^H])|\n\n(?=[^H])/)[0] ?? ''}\r\n\r\n`, head: true },
  ]);
  fc.assert(
    fc.property(
      fc.array(fc.record({ variant: fc.constantFrom(...variants), cut: fc.double({ min: 0, max: 1, noNaN: true }) }), {
        minLength: 2,
        maxLength: 12,
      }),
      (sequence) => {
        const parser = new Http1Parser();
        for (const { variant, cut } of sequence) {
          const bytes = Buffer.from(variant.text, 'latin1');
          const at = Math.floor(cut * bytes.length);
          parser.start(variant.head);
          const pieces = [bytes.subarray(0, at), bytes.subarray(at)].filter(({ length }) => length > 0);
          assert.deepEqual(feed(parser, pieces, false), parse(variant.text, { head: variant.head }));
        }
      },
    ),
  );
});

test('any bytes at all: an answer, an error, or a wish for more; the same however they are split', () => {
  const start = fc.constantFrom(
    '',
    'HTTP/1.1 200 OK\r\n',
    'HTTP/1.1 200 OK\r\ncontent-length: 3\r\n',
    'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n',
  );
  const noise = fc.array(
    fc.constantFrom(
      '\r',
      '\n',
      '\r\n',
      ':',
      ' ',
      '0',
      '5',
      'a',
      ';',
      ',',
      '\xff',
      'content-length',
      'connection: close',
      'HTTP/1.1 200',
    ),
    { maxLength: 30 },
  );
  fc.assert(
    fc.property(start, noise, fc.nat(), (head, parts, cut) => {
      const bytes = Buffer.from(head + parts.join(''), 'latin1');
      const at = bytes.length === 0 ? 0 : cut % bytes.length;
      const [whole, split] = [new Http1Parser(), new Http1Parser()];
      whole.start(false);
      split.start(false);
      assert.deepEqual(feed(split, [bytes.subarray(0, at), bytes.subarray(at)], false), feed(whole, [bytes], false));
    }),
    { numRuns: 3000 },
  );
});
