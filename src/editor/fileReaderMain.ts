/**
 * The process that reads one profile file for the extension host (dist/reader.cjs) and hands it over slice by slice. Its memory is its own: what
 * a file unfolds to, or a hostile one does to it, is nothing to the host. Ends with the channel.
 */
import { asSlowpathError, SlowpathError } from '../errors.ts';
import type { MessageFromFileReader, MessageToFileReader } from './fileReaderMessages.ts';
import { packProfileFile } from './readingFiles.ts';

let packed: ArrayBuffer | null = null;

function send(message: MessageFromFileReader): void {
  process.send?.(message);
}

async function read({ file, sampleType }: Extract<MessageToFileReader, { type: 'read' }>): Promise<void> {
  try {
    const { profile, types } = await packProfileFile({ ...file, sampleType });
    packed = profile;
    send({ type: 'packed', byteLength: profile.byteLength, types });
  } catch (thrown) {
    const { code, message } = asSlowpathError(thrown);
    send({ type: 'failed', code, message });
  }
}

if (!process.send) throw new SlowpathError('INTERNAL', 'This file is a process of the extension; it starts it itself.');
process.on('message', (message: MessageToFileReader) => {
  if (message.type === 'read') void read(message);
  else if (packed)
    send({ type: 'slice', from: message.from, bytes: new Uint8Array(packed.slice(message.from, message.to)) });
});
process.on('disconnect', () => process.exit(0));
