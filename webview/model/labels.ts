import { busyByThread } from '../../src/profile/queries/threadLanes.ts';
import type { Profile, ProfileThread } from '../../src/profile/tables.ts';
import { visible } from '../../src/plan/visible.ts';
import type { FrameLabels, ProfileInfo, ThreadInfo } from './messages.ts';

/** Longest name shown; machine-made ones can have megabytes. */
const longestName = 300;
/** Of a target's name beside a pid. */
const longestTarget = 60;

/** Names as they may be shown: control and direction characters written out, cut to a bearable length. */
export function frameLabels(profile: Profile): FrameLabels {
  const { frames, strings } = profile;
  const shown = new Array<string | undefined>(strings.length);
  const text = (index: number): string => (shown[index] ??= visible(strings[index] ?? '', longestName));
  const name: string[] = [];
  const file: (string | null)[] = [];
  const shade = new Uint8Array(frames.length);
  for (let frame = 0; frame < frames.length; frame++) {
    const nameIndex = frames.name[frame] ?? 0;
    const fileIndex = frames.file[frame] ?? -1;
    name.push(text(nameIndex) || '(anonymous)');
    // The path is what the editor opens, so it stays as it is; where it is shown it goes through `visible` again.
    file.push(fileIndex >= 0 ? (strings[fileIndex] ?? '') || null : null);
    // Knuth's multiplicative hash: neighbouring indices get different shades.
    shade[frame] = Math.floor(((((nameIndex + 1) * 2654435761) >>> 0) / 4294967296) * 3);
  }
  return {
    name,
    file,
    line: frames.line.slice(),
    column: frames.column.slice(),
    kind: frames.kind.slice(),
    tier: frames.tier.slice(),
    shade,
  };
}

export function profileInfo(profile: Profile): ProfileInfo {
  const busyUs = busyByThread(profile);
  const threads = profile.threads.map((thread, index): ThreadInfo => {
    const target = thread.target === '' ? '' : `${thread.target} · `;
    const own = thread.name || `thread ${thread.tid}`;
    return {
      name: visible(`${target}${own}`),
      own: visible(own),
      process: processName(thread),
      busyUs: busyUs[index] ?? 0,
    };
  });
  return {
    kind: 'profile',
    labels: frameLabels(profile),
    threads,
    extent: { startUs: profile.startUs, endUs: profile.endUs },
    samples: profile.samples.length,
    intervalUs: profile.intervalUs,
    unit: profile.unit,
    timeless: profile.timeless,
  };
}

function processName({ target, pid }: ProfileThread): string {
  if (pid <= 0) return visible(target);
  return target === '' ? `process ${pid}` : `${visible(target, longestTarget)} · pid ${pid}`;
}
