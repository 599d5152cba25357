import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { fuzz, fuzzedFiles, opens } from './fuzzing.ts';
import { protobuf, type ProtoField } from './protoWriter.ts';

/** Other inputs every time would make a failure one that nobody can repeat; `npm run bench -- fuzz` looks further. */
const seed = 20_260_311;
const perFile = 150;

describe('damaged real files open soundly or are refused in one sentence', () => {
  const names = Object.keys(fuzzedFiles);
  const rss = process.memoryUsage().rss;
  for (const name of names) {
    test(name, () => {
      const { opened, refused } = fuzz(name, perFile, seed);
      assert.equal(opened + refused, perFile);
      // Damage that never or always shows would test nothing.
      assert.ok(refused > 0, 'none was refused');
    });
  }

  test('and memory stays bounded', () => {
    assert.ok(process.resourceUsage().maxRSS * 1024 - rss < 2 ** 30);
  });
});

describe('well-formed files of wild content do too', () => {
  const number = fc.oneof(fc.nat(5), fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }));
  const message = (fields: fc.Arbitrary<ProtoField>): fc.Arbitrary<readonly ProtoField[]> =>
    fc.array(fields, { maxLength: 5 });
  const field = (most: number, value: fc.Arbitrary<ProtoField[1]>): fc.Arbitrary<ProtoField> =>
    fc.tuple(fc.integer({ min: 1, max: most }), value);
  const leaf = field(5, fc.oneof({ weight: 8, arbitrary: number }, fc.uint8Array({ maxLength: 4 })));

  test('pprof', () => {
    const part = fc.oneof(
      fc.tuple(fc.constantFrom(2, 3, 4, 5), message(fc.oneof(leaf, field(4, message(leaf))))),
      fc.tuple(fc.constant(6), fc.string({ maxLength: 6 })),
      field(15, number),
    );
    let opened = 0;
    fc.assert(
      fc.property(fc.array(part, { maxLength: 12 }), (parts) => {
        const type: ProtoField = [
          1,
          [
            [1, 0],
            [2, 0],
          ],
        ];
        if (opens(protobuf([type, [6, ''], ...parts]))) opened++;
      }),
      { numRuns: 400, seed },
    );
    assert.ok(opened > 20);
  });

  test('collapsed stacks', () => {
    const line = fc.tuple(
      fc.array(fc.string({ maxLength: 5 }), { maxLength: 4 }),
      fc.oneof(fc.nat(9).map(String), fc.double().map(String), fc.string({ maxLength: 3 })),
    );
    fc.assert(
      fc.property(fc.array(line, { maxLength: 8 }), (lines) => {
        opens(Buffer.from(['main;x 1', ...lines.map(([path, count]) => `${path.join(';')} ${count}`)].join('\n')));
      }),
      { numRuns: 300, seed },
    );
  });

  test('speedscope', () => {
    const index = fc.oneof(fc.nat(3), fc.constantFrom(-1, 0.5, null));
    const time = fc.oneof(fc.nat(9), fc.double(), fc.constant('1'));
    const frame = fc.record(
      { name: fc.string(), file: fc.string(), line: time, col: time },
      { requiredKeys: ['name'] },
    );
    const event = fc.record({ type: fc.constantFrom('O', 'C', 'X'), frame: index, at: time });
    const profile = fc.record(
      {
        type: fc.constantFrom('sampled', 'evented', 'other'),
        name: fc.string(),
        unit: fc.constantFrom('none', 'seconds', 'bytes', 'toString'),
        startValue: time,
        endValue: time,
        samples: fc.array(fc.array(index, { maxLength: 3 }), { maxLength: 3 }),
        weights: fc.array(time, { maxLength: 3 }),
        events: fc.array(event, { maxLength: 6 }),
      },
      { requiredKeys: ['type'] },
    );
    const file = fc.record({
      shared: fc.record({ frames: fc.array(frame, { maxLength: 4 }) }),
      profiles: fc.array(profile, { maxLength: 3 }),
    });
    fc.assert(
      fc.property(file, (json) => void opens(Buffer.from(JSON.stringify(json)))),
      { numRuns: 300, seed },
    );
  });
});
