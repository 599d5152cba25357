import { ProfileBuilder } from './builder.ts';
import { FrameKind, type Profile } from './tables.ts';

/** Where asyncio, selectors and socketserver wait for events: py-spy takes the thread for busy on some kernels. */
const waiting = /^(?:Epoll|Poll|Select|Kqueue|Devpoll)Selector\.select$/;

/**
 * py-spy names a function once for each of its lines that ran, and where it begins not at all: here such frames become one function,
 * their lines ticks of the stack they were on top of. What waits in a selector is idle.
 */
export function functionFrames(profile: Profile): Profile {
  const { frames, stacks, samples, strings } = profile;
  const builder = new ProfileBuilder();
  const text = (id: number | undefined): string => strings[id ?? -1] ?? '';
  const frameOf = Int32Array.from({ length: frames.length }, (_, frame) => {
    const name = text(frames.name[frame]);
    const file = text(frames.file[frame]);
    const waits = waiting.test(name) && file.endsWith('/selectors.py');
    return builder.frame(name, file, 0, 0, waits ? FrameKind.idle : (frames.kind[frame] ?? 0));
  });
  const stackOf = new Int32Array(stacks.length);
  for (let stack = 0; stack < stacks.length; stack++) {
    const parent = stacks.parent[stack] ?? -1;
    const frame = frameOf[stacks.frame[stack] ?? 0] ?? 0;
    stackOf[stack] = builder.stack(parent < 0 ? -1 : (stackOf[parent] ?? -1), frame);
  }
  const threads = profile.threads.map((thread) => builder.thread(thread));
  for (let row = 0; row < samples.length; row++) {
    const stack = samples.stack[row] ?? 0;
    const merged = stackOf[stack] ?? 0;
    const line = frames.line[stacks.frame[stack] ?? 0] ?? 0;
    if (line > 0) builder.ticks(merged, line, 1);
    builder.sample(
      samples.timeUs[row] ?? 0,
      samples.weightUs[row] ?? 0,
      merged,
      threads[samples.thread[row] ?? 0] ?? 0,
    );
  }
  const { unit, timeless, intervalUs, startUs, endUs } = profile;
  return builder.build({ unit, timeless, intervalUs, startUs, endUs });
}
