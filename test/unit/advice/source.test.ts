import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { tokenize, TokenKind, tokenText } from '../../../src/advice/lexer.ts';
import { callsIn, functionExtent, optionOf, scanSource } from '../../../src/advice/source.ts';

const callsOf = (text: string): string[] => scanSource(text).calls.map(({ name, line }) => `${name}:${line}`);

describe('calls', () => {
  test('are told from strings, comments, templates and regular expressions', () => {
    assert.deepEqual(
      callsOf(
        [
          'const a = "readFileSync(x)"; // readFileSync(y)',
          '/* JSON.parse(z)',
          '   JSON.parse(z) */ JSON.parse(a);',
          'const r = /JSON\\.parse\\(/.test(a);',
          'const t = `${JSON.stringify({ b: `${inner(1)}` })} JSON.parse(q)`;',
          "it's = 'not closed",
          'fs.existsSync(a);',
        ].join('\n'),
      ),
      ['JSON.parse:3', '.test:4', 'JSON.stringify:5', 'inner:5', 'fs.existsSync:7'],
    );
  });

  test('stand on the line of the called name, whole chains with their receiver', () => {
    assert.deepEqual(callsOf('return JSON.stringify(\n  value,\n)'), ['JSON.stringify:1']);
    assert.deepEqual(callsOf('a\n  .b()\n  .readFileSync(x)'), ['a.b:2', '.readFileSync:3']);
    assert.deepEqual(callsOf('fs?.readFileSync?.(x); this.#key.deriveSync(1)'), [
      'fs.readFileSync:1',
      'this.#key.deriveSync:1',
    ]);
  });

  test('are not definitions, conditions or keywords', () => {
    assert.deepEqual(callsOf('function readSync() {} class A { hashSync(a) { if (a) return (b); } }'), []);
    assert.deepEqual(callsOf('for (;;) while (x) switch (y) {}'), []);
  });

  test('know a division from a regular expression', () => {
    assert.deepEqual(callsOf('x = a / b; call(1); y = c / d'), ['call:1']);
    assert.deepEqual(callsOf('if (x) /f(o)"/.test(y); next()'), ['.test:1', 'next:1']);
    assert.deepEqual(callsOf('return /[/"]g(/ .exec(s)'), ['.exec:1']);
    assert.deepEqual(callsOf('}\n/re("/.test(a); after()'), ['.test:2', 'after:2']);
    assert.deepEqual(callsOf('const n = (a + b) / 2; f("/")'), ['f:1']);
  });

  test('hold their options', () => {
    const source = scanSource(
      "http.get({ agent: false, headers: { 'x-a': 'close' } }, done);\nnew http.Agent({ keepAlive: true })",
    );
    const [get, agent] = source.calls;
    assert.ok(get && agent);
    assert.equal(optionOf(source, get, 'agent'), 'false');
    assert.equal(agent.isNew, true);
    assert.equal(optionOf(source, agent, 'keepAlive'), 'true');
    assert.equal(optionOf(source, agent, 'maxSockets'), null);
  });
});

describe('regular expressions', () => {
  test('come with pattern and name, as literals and as constructed from strings', () => {
    const { regexps } = scanSource('const a = /x[/]y\\/z/gi;\nnew RegExp("^(a+)+\\\\d$");\nb = { slug: /q/ };');
    assert.deepEqual(regexps, [
      { pattern: 'x[/]y\\/z', line: 1, boundTo: 'a' },
      { pattern: '^(a+)+\\d$', line: 2, boundTo: '' },
      { pattern: 'q', line: 3, boundTo: 'slug' },
    ]);
  });
});

describe('the extent of a function', () => {
  const lines = [
    'const x = 1;', // 1
    'function login(response) {', // 2
    '  if (x) {', // 3
    '  }', // 4
    '}', // 5
    'const f = async (a, { b } = {}) => {', // 6
    '  return `${a}}`;', // 7
    '};', // 8
    'const g = (a) => a.map((b) => b', // 9
    '  .c);', // 10
    'const h = v => v + 1, later = 2;', // 11
    'function typed<T>(a: { b: number }): Promise<{ c: T }> {', // 12
    '  return a;', // 13
    '}', // 14
  ];
  const source = scanSource(lines.join('\n'));
  const extents: readonly [string, number, number, number, number][] = [
    ['a declaration, from its parameters', 2, 15, 2, 5],
    ['an arrow function with a body', 6, 17, 6, 8],
    ['an arrow function of an expression', 9, 11, 9, 10],
    ['an arrow function without parentheses', 11, 11, 11, 11],
    ['a TypeScript function with object types', 12, 18, 12, 14],
    ['the module', 1, 1, 1, 14],
    ['a column that a source map has shifted', 2, 99, 2, 5],
  ];
  for (const [name, line, column, from, to] of extents) {
    test(name, () => assert.deepEqual(functionExtent(source, line, column), { from, to }));
  }

  test('is null where there is no function', () => {
    assert.equal(functionExtent(source, 99, 1), null);
    assert.equal(functionExtent(scanSource('(('), 1, 2), null);
  });

  test('bounds the calls looked at', () => {
    const two = scanSource('function a() {\n one();\n}\nfunction b() {\n two();\n}');
    assert.deepEqual(
      callsIn(two, functionExtent(two, 4, 11)).map(({ name }) => name),
      ['two'],
    );
  });
});

describe('hostile source', () => {
  const hostile: readonly (readonly [string, string])[] = [
    ['a million opening brackets', '([{'.repeat(333_333)],
    ['a million template openings', '`${'.repeat(333_333)],
    ['a million slashes', '/'.repeat(1_000_000)],
    ['a million unclosed comments', '/*'.repeat(500_000)],
    ['a line of a million quotes', '"\''.repeat(500_000)],
    ['a million dots', 'a.'.repeat(500_000) + 'b()'],
    ['regular expressions that never close', '=/[a'.repeat(250_000)],
  ];
  for (const [name, text] of hostile) {
    test(`${name} takes no longer than a second`, () => {
      const start = process.cpuUsage();
      scanSource(text);
      const spent = process.cpuUsage(start);
      assert.ok(spent.user + spent.system < 4e6, `${spent.user} µs`);
    });
  }

  test('any text gives tokens in order that lie in it, on the right lines, with brackets paired both ways', () => {
    const bits = fc.constantFrom(
      '(',
      ')',
      '{',
      '}',
      '`',
      '${',
      '"',
      "'",
      '/',
      '*',
      '\\',
      '\n',
      'a',
      '1',
      '.',
      '=>',
      '[',
      ']',
    );
    fc.assert(
      fc.property(fc.array(bits, { maxLength: 60 }), (parts) => {
        const text = parts.join('');
        const tokens = tokenize(text);
        let last = 0;
        for (let index = 0; index < tokens.length; index++) {
          const start = tokens.start[index] ?? -1;
          const end = tokens.end[index] ?? -1;
          assert.ok(start >= last && end > start - 1 && end <= text.length);
          last = end;
          assert.equal(tokens.line[index], text.slice(0, start).split('\n').length);
          const partner = tokens.match[index] ?? -1;
          if (partner >= 0) {
            assert.equal(tokens.match[partner], index);
            assert.ok('()[]{}${'.includes(tokenText(tokens, index)));
          }
          assert.ok(Object.values(TokenKind).includes(tokens.kind[index] as TokenKind));
        }
      }),
      { numRuns: 2000 },
    );
  });
});
