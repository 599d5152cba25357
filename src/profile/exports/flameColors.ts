import { differenceSteps } from '../difference.ts';
import { FrameKind } from '../tables.ts';

/** Colours of a flamegraph on one ground, as `#rrggbb`. */
export interface FlameColors {
  readonly background: string;
  /** On boxes too: black or white, as on the page. */
  readonly text: string;
  readonly muted: string;
  /** By FrameKind, three shades each. */
  readonly frames: readonly (readonly string[])[];
  /** From the first set's colour through neutral to the second's. */
  readonly difference: readonly string[];
}

/** What the page's colours come from when it stands alone (webview/css/tokens.css), light and dark. */
export const grounds = {
  light: {
    bg: '#ffffff',
    fg: '#1c2128',
    muted: '#59636f',
    orange: '#bb5600',
    blue: '#1768c4',
    purple: '#7a4fc0',
    green: '#1a7f4b',
    letters: '#000000',
    strength: 46,
    strengthDiff: 74,
  },
  dark: {
    bg: '#15181d',
    fg: '#e4e8ee',
    muted: '#98a2b0',
    orange: '#f2994a',
    blue: '#5aa6ff',
    purple: '#b794f6',
    green: '#4fc38a',
    letters: '#ffffff',
    strength: 62,
    strengthDiff: 60,
  },
} as const;

/** The page's own colours for a drawing that has no theme: the same mixtures in the same colour space. */
export function flameColors(ground: keyof typeof grounds): FlameColors {
  const { bg, fg, muted, orange, blue, purple, green, letters, strength, strengthDiff } = grounds[ground];
  const native = mix(muted, bg, 40);
  const byKind: Readonly<Record<FrameKind, string>> = {
    [FrameKind.user]: mix(orange, bg, strength),
    [FrameKind.library]: mix(blue, bg, strength),
    [FrameKind.runtime]: mix(mix(blue, muted, 30), bg, 42),
    [FrameKind.native]: native,
    [FrameKind.gc]: mix(purple, bg, strength),
    [FrameKind.idle]: mix(fg, bg, 6),
    [FrameKind.root]: native,
    [FrameKind.kernel]: mix(green, bg, 48),
  };
  const same = mix(fg, bg, 13);
  const middle = (differenceSteps - 1) / 2;
  return {
    background: bg,
    text: letters,
    muted,
    frames: Object.values(FrameKind).map((kind) => [100, 90, 80].map((share) => mix(byKind[kind], bg, share))),
    difference: Array.from({ length: differenceSteps }, (_, step) =>
      mix(mix(step < middle ? blue : orange, bg, strengthDiff), same, (Math.abs(step - middle) / middle) * 100),
    ),
  };
}

type Triple = readonly [number, number, number];

/** CSS `color-mix(in oklab, a percent%, b)`: linear between the two in Oklab. Source: CSS Color 4, §10.2 and 19. */
export function mix(a: string, b: string, percent: number): string {
  const [x, y] = [oklab(a), oklab(b)];
  const part = (index: 0 | 1 | 2): number => (x[index] * percent + y[index] * (100 - percent)) / 100;
  return hex([part(0), part(1), part(2)]);
}

function oklab(color: string): Triple {
  const channel = (at: number): number => {
    const value = Number.parseInt(color.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  };
  const [r, g, b] = [channel(1), channel(3), channel(5)];
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
}

function hex([lightness, a, b]: Triple): string {
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  const channel = (value: number): string => {
    const clipped = Math.min(1, Math.max(0, value));
    const encoded = clipped <= 0.0031308 ? 12.92 * clipped : 1.055 * clipped ** (1 / 2.4) - 0.055;
    return Math.round(encoded * 255)
      .toString(16)
      .padStart(2, '0');
  };
  return `#${channel(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s)}${channel(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s)}${channel(-0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s)}`;
}
