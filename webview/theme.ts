/**
 * Colours for what is painted on canvas: resolved from the page's CSS variables (css/tokens.css), which follow the editor's
 * theme, so that a canvas and the text beside it always agree.
 */
import { differenceSteps } from '../src/profile/difference.ts';
import { FrameKind, FrameTier } from '../src/profile/tables.ts';

export interface Palette {
  readonly background: string;
  readonly text: string;
  readonly muted: string;
  readonly line: string;
  /** Lines of a chart's grid, fainter than borders. */
  readonly grid: string;
  readonly focus: string;
  readonly response: string;
  readonly service: string;
  readonly baseline: string;
  readonly unearned: string;
  readonly gc: string;
  readonly stall: string;
  readonly cpu: string;
  readonly rate: string;
  readonly error: string;
  readonly good: string;
  /** Box fills by FrameKind, three shades each so that neighbours can be told apart. */
  readonly frames: readonly (readonly string[])[];
  /** The same by FrameTier. */
  readonly tiers: readonly (readonly string[])[];
  /** Text on boxes. */
  readonly frameText: string;
  /** Outline of boxes; set in high contrast only. */
  readonly frameOutline: string | null;
  readonly match: string;
  readonly dimmed: string;
  /** From "only in typical requests" through neutral to "only in slow ones". */
  readonly difference: readonly string[];
  /** Heatmap, from few to many. */
  readonly heat: readonly string[];
  readonly font: string;
  readonly monoFont: string;
}

const kindVariables: readonly (readonly [kind: number, name: string])[] = [
  [FrameKind.user, 'user'],
  [FrameKind.library, 'library'],
  [FrameKind.runtime, 'runtime'],
  [FrameKind.native, 'native'],
  [FrameKind.gc, 'gc'],
  [FrameKind.idle, 'idle'],
  [FrameKind.root, 'native'],
  [FrameKind.kernel, 'kernel'],
];

const tierVariables: readonly (readonly [tier: number, name: string])[] = [
  [FrameTier.unknown, 'frame-native'],
  [FrameTier.interpreted, 'tier-interpreted'],
  [FrameTier.baseline, 'tier-baseline'],
  [FrameTier.maglev, 'tier-maglev'],
  [FrameTier.optimised, 'tier-optimised'],
  [FrameTier.inlined, 'tier-inlined'],
];

const heatSteps = 9;

/** Reads the palette as the current theme resolves it. */
export function readPalette(document: Document): Palette {
  // Custom properties come back as written (`color-mix(…)`); only a real colour property is resolved by the browser.
  const probe = document.createElement('div');
  probe.hidden = true;
  // With forced colours every text colour would come back as the system's; a canvas is painted as we say.
  probe.style.setProperty('forced-color-adjust', 'none');
  document.body.append(probe);
  const computed = getComputedStyle(probe);
  const color = (expression: string): string => {
    probe.style.color = '';
    probe.style.color = expression;
    return computed.color;
  };
  const token = (name: string): string => color(`var(--sp-${name})`);
  const mix = (a: string, b: string, shareOfA: number): string =>
    color(`color-mix(in oklab, ${a} ${(shareOfA * 100).toFixed(1)}%, ${b})`);
  const body = getComputedStyle(document.body);

  const shades = (name: string): string[] =>
    [1, 0.9, 0.8].map((share) => mix(`var(--sp-${name})`, 'var(--sp-bg)', share));
  const frames: string[][] = [];
  for (const [kind, name] of kindVariables) frames[kind] = shades(`frame-${name}`);
  const tiers: string[][] = [];
  for (const [tier, name] of tierVariables) tiers[tier] = shades(name);
  const middle = (differenceSteps - 1) / 2;
  const difference = Array.from({ length: differenceSteps }, (_, step) =>
    mix(
      step < middle ? 'var(--sp-diff-typical)' : 'var(--sp-diff-slow)',
      'var(--sp-diff-same)',
      Math.abs(step - middle) / middle,
    ),
  );
  const heat = Array.from({ length: heatSteps }, (_, step) => {
    const share = step / (heatSteps - 1);
    return share < 0.6
      ? mix('var(--sp-heat-middle)', 'var(--sp-heat-low)', share / 0.6)
      : mix('var(--sp-heat-high)', 'var(--sp-heat-middle)', (share - 0.6) / 0.4);
  });
  const outline = body.getPropertyValue('--sp-frame-outline').trim();
  const palette: Palette = {
    background: token('bg'),
    text: token('fg'),
    muted: token('muted'),
    line: token('line'),
    grid: token('grid'),
    focus: token('focus'),
    response: token('response'),
    service: token('service'),
    baseline: token('baseline'),
    unearned: token('unearned'),
    gc: token('gc'),
    stall: token('stall'),
    cpu: token('cpu'),
    rate: token('rate'),
    error: token('error'),
    good: token('green'),
    frames,
    tiers,
    frameText: token('frame-text'),
    frameOutline: outline === '' || outline === 'none' ? null : color(outline),
    match: token('match'),
    dimmed: token('dimmed'),
    difference,
    heat,
    font: body.getPropertyValue('--sp-font') || 'sans-serif',
    monoFont: body.getPropertyValue('--sp-mono') || 'monospace',
  };
  probe.remove();
  return palette;
}

/** Calls back whenever the theme may have changed; returns the way to stop. */
export function onThemeChange(document: Document, changed: () => void): () => void {
  const observer = new MutationObserver(changed);
  observer.observe(document.body, {
    attributes: true,
    attributeFilter: ['class', 'data-vscode-theme-kind', 'data-vscode-theme-id'],
  });
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ['style', 'class'] });
  const queries = ['(prefers-color-scheme: dark)', '(forced-colors: active)', '(prefers-contrast: more)'].map((query) =>
    matchMedia(query),
  );
  for (const query of queries) query.addEventListener('change', changed);
  return () => {
    observer.disconnect();
    for (const query of queries) query.removeEventListener('change', changed);
  };
}
