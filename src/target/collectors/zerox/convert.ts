/**
 * Run by the target's own Node, one isolate log at a time: 0x turns V8's log into JSON beside it. A process of its own, because
 * 0x says that it is done before its file is written: when this process has ended by itself, it is.
 *
 * node zerox.cjs FOLDER-OF-0x LOG
 */
import fs from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { CONVERTER } from './find.ts';

type Convert = (log: string, options: { readonly pathToNodeBinary: string; readonly collectDelay: number }) => unknown;

const [folder = '', log = ''] = process.argv.slice(2);

// 0x leaves out every line of 1024 characters and more, which older versions of Node could not read: deep stacks, large
// functions and the text of most scripts. What it writes for Node to read is therefore the whole log.
const writeFile = fs.writeFile.bind(fs);
const whole = ((file: fs.PathOrFileDescriptor, data: string, ...rest: [fs.NoParamCallback]): void => {
  if (file === `${log}.preprocess-ready`) fs.copyFile(log, `${log}.preprocess-ready`, rest[rest.length - 1] ?? ended);
  else writeFile(file, data, ...rest);
}) as typeof fs.writeFile;
fs.writeFile = Object.assign(whole, { __promisify__: fs.writeFile.__promisify__ });

const convert = createRequire(join(folder, 'package.json'))(`./${CONVERTER}`) as Convert;
Promise.resolve(convert(log, { pathToNodeBinary: process.execPath, collectDelay: 0 })).catch((error: unknown) => {
  ended(error instanceof Error ? error : new Error(String(error)));
});

function ended(error: Error | null): void {
  if (!error) return;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
