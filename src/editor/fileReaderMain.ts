/**
 * The process that reads one profile file for the extension host (dist/reader.cjs) and hands it over slice by slice. Its memory is its own: what
 * a file unfolds to, or a hostile one does to it, is nothing to the host. Ends with the channel.
 */
import { asSlowpathError, SlowpathError } from '../errors.ts';
import type { MessageFromFileReader, MessageToFileReader, ProfileQuestion } from './fileReaderMessages.ts';
import { packProfileFile } from './readingFiles.ts';
import { HeatOfProfile } from './readingHeat.ts';
import { unpackProfile } from '../run/pack.ts';

let packed: ArrayBuffer | null = null;
/** Made of the packed bytes when it is first asked: what was read is held once. */
let heat: HeatOfProfile | null = null;

function send(message: MessageFromFileReader): void {
  process.send?.(message);
}

async function read({ file, sampleType }: Extract<MessageToFileReader, { type: 'read' }>): Promise<void> {
  try {
    const { profile, types, remarks } = await packProfileFile({ ...file, sampleType });
    packed = profile;
    send({ type: 'packed', byteLength: profile.byteLength, types, remarks });
  } catch (thrown) {
    const { code, message } = asSlowpathError(thrown);
    send({ type: 'failed', code, message });
  }
}

function answerOf(bytes: ArrayBuffer, question: ProfileQuestion): unknown {
  heat ??= new HeatOfProfile(unpackProfile(bytes));
  switch (question.name) {
    case 'heat':
      return heat.heat(question.args.range);
    case 'callers':
      return heat.callers(question.args.range, question.args.frame);
    case 'sources':
      return heat.sources();
  }
}

if (!process.send) throw new SlowpathError('INTERNAL', 'This file is a process of the extension; it starts it itself.');
process.on('message', (message: MessageToFileReader) => {
  if (message.type === 'read') void read(message);
  else if (packed && message.type === 'slice')
    send({ type: 'slice', from: message.from, bytes: new Uint8Array(packed.slice(message.from, message.to)) });
  else if (packed && message.type === 'ask')
    send({ type: 'answer', id: message.id, value: answerOf(packed, message.question) });
});
process.on('disconnect', () => process.exit(0));
