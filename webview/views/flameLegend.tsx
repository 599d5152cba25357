import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import { FrameKind } from '../../src/profile/tables.ts';
import type { FlameLayout } from '../flame/layout.ts';
import type { FlameMode, FrameLabels } from '../model/messages.ts';
import { usePage } from '../page.ts';
import { tierNames } from './tiers.ts';

const kinds: readonly { readonly kind: number; readonly label: string }[] = [
  { kind: FrameKind.user, label: 'your code' },
  { kind: FrameKind.library, label: 'libraries' },
  { kind: FrameKind.runtime, label: 'runtime' },
  { kind: FrameKind.native, label: 'native' },
  { kind: FrameKind.gc, label: 'garbage collection' },
  { kind: FrameKind.kernel, label: 'kernel' },
];

/** Told apart when code is coloured by how it ran. */
const tierlessKinds: ReadonlySet<number> = new Set([FrameKind.gc, FrameKind.kernel, FrameKind.idle]);

/** What the colours mean, and which keys work. */
export function FlameLegend(props: {
  readonly mode: FlameMode;
  readonly labels: FrameLabels;
  readonly layout: FlameLayout;
  readonly byTier: boolean;
  /** Kinds that are drawn beside it, in the threads' lanes. */
  readonly beside: ReadonlySet<number>;
}): JSX.Element {
  const { layout, labels, byTier } = props;
  const { palette } = usePage();
  const drawn = useMemo(() => drawnIn(layout, labels, byTier), [layout, labels, byTier]);
  const present = new Set([...props.beside, ...drawn.kinds]);
  const { tiers } = drawn;
  return (
    <div class="flame-legend">
      {layout.contrast ? (
        <span class="scale">
          only typical
          {palette.difference.map((color) => (
            <i key={color} style={{ background: color }} />
          ))}
          only slow
        </span>
      ) : (
        <>
          {Object.entries(tierNames)
            .filter(([tier]) => tiers.has(Number(tier)))
            .map(([tier, label]) => (
              <span key={`tier${tier}`}>
                <i class={`kind tier-${tier}`} />
                {label}
              </span>
            ))}
          {kinds
            .filter(({ kind }) => present.has(kind))
            .map(({ kind, label }) => (
              <span key={kind}>
                <i class={`kind kind-${kind}`} />
                {label}
              </span>
            ))}
        </>
      )}
      <span class="spacer" />
      <span class="keys">
        <kbd>W</kbd> <kbd>A</kbd> <kbd>S</kbd> <kbd>D</kbd> zoom, pan · arrows walk · <kbd>Enter</kbd> source ·{' '}
        <kbd>0</kbd> all
      </span>
    </div>
  );
}

/** Which colours a picture has, by kind and by tier: one look at each of its boxes, of which there may be a million. */
function drawnIn(
  layout: FlameLayout,
  labels: FrameLabels,
  byTier: boolean,
): { readonly kinds: ReadonlySet<number>; readonly tiers: ReadonlySet<number> } {
  const kinds = new Set<number>();
  const tiers = new Set<number>();
  if (layout.contrast) return { kinds, tiers };
  const seen = new Uint8Array(labels.kind.length);
  for (const frame of layout.frame) {
    if (seen[frame] === 1) continue;
    seen[frame] = 1;
    const kind = labels.kind[frame] ?? 0;
    const tier = byTier ? (labels.tier[frame] ?? 0) : 0;
    if (tier > 0) tiers.add(tier);
    else kinds.add(byTier && !tierlessKinds.has(kind) ? FrameKind.native : kind);
  }
  return { kinds, tiers };
}
