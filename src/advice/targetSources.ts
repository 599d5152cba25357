/** The target's own source files, as far as they can be known and read. */
import { FrameKind } from '../profile/tables.ts';
import type { Evidence } from './finding.ts';
import { knownOf } from './evidence.ts';
import type { SourceText } from './source.ts';

export interface TargetSource {
  readonly file: string;
  readonly source: SourceText;
}

/** Enough for a service's own code; what is looked for stands where sockets and servers are made. */
const mostFiles = 200;

/** Files of functions of the person's own that the profile saw, and the script each target was started with. */
export function targetSources(evidence: Evidence): TargetSource[] {
  const files = new Set<string>();
  for (const target of evidence.run.manifest.scenario.targets) {
    // Another language's command is a program, or a script these rules don't read.
    if (target.kind !== 'launch' || target.runtime !== 'node') continue;
    files.add(/^([/\\]|[A-Za-z]:)/.test(target.command) ? target.command : `${target.cwd}/${target.command}`);
  }
  const { profile } = evidence.run;
  for (let frame = 0; profile && frame < profile.frames.length; frame++) {
    if (profile.frames.kind[frame] !== FrameKind.user) continue;
    files.add(profile.strings[profile.frames.file[frame] ?? -1] ?? '');
  }
  const found: TargetSource[] = [];
  for (const file of [...files].slice(0, mostFiles)) {
    const source = file === '' ? null : knownOf(evidence).source(file);
    if (source) found.push({ file, source });
  }
  return found;
}
