import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Manifest } from './model.ts';

const run = promisify(execFile);

/** Which commit the folder stands at; null outside a repository, before the first commit, or without git. */
export async function gitFacts(folder: string, signal?: AbortSignal): Promise<Manifest['git']> {
  try {
    const commit = await git(folder, ['rev-parse', '--verify', 'HEAD'], signal);
    if (!/^[0-9a-f]{40,64}$/.test(commit)) return null;
    const [branch, changes] = await Promise.all([
      git(folder, ['symbolic-ref', '--short', '-q', 'HEAD'], signal).catch(() => ''),
      git(folder, ['status', '--porcelain', '--untracked-files=no', '--ignore-submodules'], signal),
    ]);
    return { commit, branch: branch || null, dirty: changes !== '' };
  } catch {
    return null;
  }
}

async function git(folder: string, args: readonly string[], signal: AbortSignal | undefined): Promise<string> {
  // The file system monitor is a program named by the repository's own configuration: it is not run for a status.
  const { stdout } = await run('git', ['-C', folder, '-c', 'core.fsmonitor=false', ...args], {
    timeout: 5000,
    maxBuffer: 16 * 1024 * 1024,
    env: { ...process.env, GIT_OPTIONAL_LOCKS: '0', LC_ALL: 'C' },
    ...(signal && { signal }),
  });
  return stdout.trim();
}
