import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { bundlePath } from '../../../bundles.ts';
import { SlowpathError } from '../../../errors.ts';
import { parseJson } from '../../../profile/formats/json.ts';
import { userEnvironment, withMark } from '../../environment.ts';
import { GuardedProcess } from '../../guarded.ts';
import { endOf } from '../../life.ts';
import { sanitizeLine } from '../../output.ts';
import { copyWholeLines, type IsolateLog } from './isolateLogs.ts';

/** 0x reads a log as one text, of which V8 holds some 512 MB. */
const MOST_LOG_BYTES = 400 * 2 ** 20;

export interface Conversion {
  /** Of 0x's package. */
  readonly folder: string;
  /** The target's Node: it alone knows what its log means. */
  readonly node: string;
  /** Where folders of its own are made. */
  readonly dir: string;
  readonly timeoutMs: number;
}

export interface ConvertedLog {
  readonly parsed: unknown;
  /** Samples the log holds. */
  readonly ticks: number;
  /** The log was longer than could be read. */
  readonly cut: boolean;
}

/**
 * A log as 0x makes JSON of it, in a folder of its own (0x clears the logs out of the one it is run in).
 *
 * @throws SlowpathError TARGET_PROFILE_FAILED with what 0x said; FORMAT_MALFORMED, FORMAT_TOO_LARGE.
 */
export async function convertLog(log: IsolateLog, { folder, node, dir, timeoutMs }: Conversion): Promise<ConvertedLog> {
  const own = await mkdtemp(join(dir, 'convert-'));
  const copy = join(own, 'isolate-v8.log');
  const run = randomUUID();
  let said = '';
  let guarded: GuardedProcess | null = null;
  try {
    const lines = await copyWholeLines(log.file, copy, MOST_LOG_BYTES);
    if (lines.ticks === 0)
      throw new SlowpathError('TARGET_PROFILE_FAILED', 'V8 logged no sample of it: it ended before the first one');
    const env = userEnvironment({ ...process.env, NODE_OPTIONS: undefined });
    guarded = await GuardedProcess.start(
      { file: node, args: [bundlePath('zerox'), folder, copy], cwd: own, env: withMark(env, run), run, folder: own },
      {
        onChunk: (_, chunk) => (said = (said + chunk.toString('utf8')).slice(-4096)),
        onEnd: () => undefined,
      },
    );
    const waiting = new AbortController();
    const late = sleep(timeoutMs, null, { signal: waiting.signal }).catch(() => null);
    const exit = await Promise.race([guarded.exited, late]);
    waiting.abort();
    if (exit?.code !== 0) {
      const words = sanitizeLine(said.trim().split('\n').at(-1) ?? '').slice(0, 300);
      const end = exit ? endOf(exit) : `was not done within ${Math.round(timeoutMs / 1000)} s`;
      throw new SlowpathError('TARGET_PROFILE_FAILED', `0x ${end}${words === '' ? '' : `: ${words}`}`);
    }
    const result = `${copy}.json`;
    const { size } = await stat(result).catch(() => ({ size: 0 }));
    if (size === 0) throw new SlowpathError('TARGET_PROFILE_FAILED', '0x wrote nothing');
    return { parsed: parseJson(await readFile(result)), ...lines };
  } finally {
    await guarded?.stop();
    await rm(own, { recursive: true, force: true });
  }
}
