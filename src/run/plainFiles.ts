import { lstat, readFile } from 'node:fs/promises';
import { messageOf } from '../errors.ts';
import { systemCode } from './writeErrors.ts';

/** Whether it names a file in the same folder: no path, no way out of it. */
export function isPlainName(name: string): boolean {
  return name !== '' && name !== '.' && name !== '..' && name.length <= 255 && !/[/\\\0]/.test(name);
}

/**
 * The bytes of a plain file (no link, device or pipe: the folder may come from anywhere); null if there is none, or one
 * sentence why it is not read.
 */
export async function readPlainFile(file: string, maxBytes: number): Promise<Uint8Array<ArrayBuffer> | string | null> {
  try {
    const facts = await lstat(file);
    if (!facts.isFile()) return 'it is not a plain file';
    if (facts.size > maxBytes)
      return `it has ${Math.round(facts.size / 1e6)} MB, more than the ${Math.round(maxBytes / 1e6)} MB that are read`;
    const bytes = await readFile(file);
    // A copy of its own: small files come out of a shared pool, whose buffer others see.
    return bytes.byteLength === bytes.buffer.byteLength ? bytes : new Uint8Array(bytes);
  } catch (error) {
    const code = systemCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    return code === 'EACCES' ? 'permission is denied' : messageOf(error);
  }
}
