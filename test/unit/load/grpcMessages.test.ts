import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { frameMessage, MessageReader } from '../../../src/load/drivers/grpc/messageReader.ts';
import { grpcStatusName } from '../../../src/load/drivers/grpc/status.ts';
import { decodeGrpcMessage } from '../../../src/load/drivers/grpc/wireStatus.ts';

test('messages are found however an answer is cut', () => {
  const messages = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 8 });
  fc.assert(
    fc.property(
      messages,
      fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1 }),
      fc.boolean(),
      (sent, cuts, checks) => {
        const stream = Buffer.concat(sent.map(frameMessage));
        const seen: string[] = [];
        const reader = new MessageReader(40);
        reader.start(checks ? { message: (bytes) => seen.push(bytes.toString('hex')) } : null);
        for (let at = 0, cut = 0; at < stream.length; cut++) {
          const to = Math.min(stream.length, at + (cuts[cut % cuts.length] ?? 1));
          // In a bigger buffer, as reads are.
          const read = Buffer.concat([Buffer.alloc(3, 9), stream.subarray(at, to), Buffer.alloc(2, 9)]);
          assert.equal(reader.read(read, 3, 3 + to - at), 'ok');
          at = to;
        }
        assert.equal(reader.messages, sent.length);
        assert.ok(reader.isWhole);
        if (checks)
          assert.deepEqual(
            seen,
            sent.map((each) => Buffer.from(each).toString('hex')),
          );
      },
    ),
  );
});

test('a reader serves one answer after the other', () => {
  const reader = new MessageReader(10);
  const framed = frameMessage(Buffer.from('abc'));
  const seen: string[] = [];
  const judge = { message: (bytes: Buffer) => seen.push(bytes.toString()) };
  const state = () => [reader.messages, reader.isWhole, seen];
  reader.start(judge);
  reader.read(framed, 0, 7);
  assert.deepEqual(state(), [0, false, []]);
  reader.start(null);
  reader.read(framed, 0, 8);
  assert.deepEqual(state(), [1, true, []]);
  reader.start(judge);
  reader.read(framed, 0, 8);
  assert.deepEqual(state(), [1, true, ['abc']]);
});

test('a compressed message and one that is too big are told by their heads', () => {
  const reader = new MessageReader(1000);
  reader.start(null);
  assert.equal(reader.read(Buffer.from('0100000001', 'hex'), 0, 1), 'compressed');
  reader.start(null);
  assert.equal(reader.read(Buffer.from('00000003e8', 'hex'), 0, 5), 'ok');
  reader.start(null);
  assert.equal(reader.read(Buffer.from('00000003e9', 'hex'), 0, 5), 'too big');
  reader.start(null);
  assert.equal(reader.read(Buffer.from('00ffffffff', 'hex'), 0, 5), 'too big');
});

test('the message of a status is percent-decoded UTF-8; what is encoded wrongly stays', () => {
  assert.equal(decodeGrpcMessage('no%20entry'), 'no entry');
  assert.equal(decodeGrpcMessage('100 %25 %C3%A4'), '100 % ä');
  assert.equal(decodeGrpcMessage('50% of %zz %4'), '50% of %zz %4');
});

test('statuses have their names', () => {
  assert.deepEqual([0, 4, 14, 16, 99].map(grpcStatusName), [
    'OK',
    'DEADLINE_EXCEEDED',
    'UNAVAILABLE',
    'UNAUTHENTICATED',
    'STATUS_99',
  ]);
});
