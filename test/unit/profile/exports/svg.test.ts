import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { ProfileBuilder } from '../../../../src/profile/builder.ts';
import { flameColors, grounds, mix } from '../../../../src/profile/exports/flameColors.ts';
import { exported } from '../../../../src/report/exporting.ts';
import { syntheticRun } from '../../../fixtures/run.ts';

const run = syntheticRun(1, { durationUs: 4e6 });

function svgOf(...[source, view]: [Parameters<typeof exported>[0], ('heavy' | 'tail')?]): string {
  return [...exported(source, 'svg', view).pieces].join('');
}

interface Box {
  readonly title: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
}

function boxesOf(svg: string): Box[] {
  const boxes = svg.matchAll(
    /<g><title>([^<]*)<\/title><rect class="(\w+)" x="([\d.]+)" y="([\d.]+)" width="([\d.]+)" height="\d+"\/>/g,
  );
  return Array.from(boxes, ([, title = '', , x, y, width]) => ({
    title,
    x: Number(x),
    y: Number(y),
    width: Number(width),
  }));
}

describe('the flamegraph as SVG', () => {
  test('widths are times: each box lies on its caller, and the tooltip tells the figures', () => {
    const boxes = boxesOf(svgOf({ kind: 'run', run }));
    const top = Math.min(...boxes.map(({ y }) => y));
    assert.ok(boxes.length > 20);
    for (const box of boxes.filter(({ y }) => y > top)) {
      const caller = boxes.find(
        ({ x, y, width }) => y === box.y - 18 && x <= box.x + 0.02 && x + width >= box.x + box.width - 0.02,
      );
      assert.ok(caller, box.title);
    }
    const whole = boxes.filter(({ y }) => y === top).reduce((sum, { width }) => sum + width + 0.5, 0);
    assert.ok(Math.abs(whole - 1176) < 2, `${whole} px`);
    assert.match(
      boxes.find(({ title }) => title.startsWith('createOrder'))?.title ?? '',
      /^createOrder \(\/srv\/shop\/src\/server\.js:\d+\)\ntotal [\d.]+ m?s \([\d.]+%\), self /,
    );
  });

  test('the tail’s widths are the slow requests’ shares, the colours tell the difference', () => {
    const svg = svgOf({ kind: 'run', run }, 'tail');
    const culprit = /<title>recalculate [^<]*\nslow ([\d.]+)%, typical ([\d.]+)%<\/title><rect class="d(\d+)"/.exec(
      svg,
    );
    assert.ok(culprit, svg.slice(0, 500));
    assert.ok(Number(culprit[1]) > 40 && Number(culprit[2]) < 10 && Number(culprit[3]) >= 9, culprit[0]);
  });

  test('names are text, whatever they hold; there is no script and no reference', () => {
    const builder = new ProfileBuilder();
    const thread = builder.thread({ pid: 1, tid: 1, name: '', target: '' });
    const name = '</title></g><script>alert(1)</script>"&\u0007\ud800';
    builder.sample(0, 1000, builder.stack(-1, builder.frame(name, '/a"><script src=x>.js', 1, 1)), thread);
    const profile = builder.build({ intervalUs: 1000, startUs: 0, endUs: 1000 });
    const svg = svgOf({ kind: 'profile', name: '<b>&', profile });
    assert.doesNotMatch(svg, /<script|<b>|xlink|href|@import|url\(/);
    assert.match(
      svg,
      /&lt;\/title&gt;&lt;\/g&gt;&lt;script&gt;alert\(1\)&lt;\/script&gt;&quot;&amp;\\u\{7\}\\u\{d800\}/,
    );
    assert.doesNotMatch(svg.replaceAll('\n', ''), /\p{Cc}|\p{Cs}/u);
    assertWellFormed(svg);
    assertWellFormed(svgOf({ kind: 'run', run }));
  });

  test('what can’t be seen is not written: 10,000 levels and 50,000 slivers', () => {
    const builder = new ProfileBuilder();
    const thread = builder.thread({ pid: 1, tid: 1, name: '', target: '' });
    let deep = builder.stack(-1, builder.frame('deep0', '', 0, 0));
    for (let level = 1; level < 10_000; level++)
      deep = builder.stack(deep, builder.frame(`deep${level % 7}`, '', 0, 0));
    builder.sample(0, 1, deep, thread);
    for (let sliver = 0; sliver < 50_000; sliver++)
      builder.sample(sliver + 1, 1, builder.stack(-1, builder.frame(`f${sliver}`, '', 0, 0)), thread);
    const profile = builder.build({ intervalUs: 1, startUs: 0, endUs: 50_001 });
    assert.ok(svgOf({ kind: 'profile', name: 'x', profile }).length < 20_000);
  });

  test('a profile file has no tail to draw, and a run without a profile nothing', () => {
    assert.ok(run.profile);
    const { profile } = run;
    assert.throws(() => exported({ kind: 'profile', name: 'x', profile }, 'svg', 'tail'), /use --view heavy/);
    assert.throws(() => exported({ kind: 'run', run: { ...run, profile: null } }, 'svg'), /no CPU profile/);
  });
});

describe('its colours', () => {
  const css = readFileSync(new URL('../../../../webview/css/tokens.css', import.meta.url), 'utf8');

  test('come from the page’s own', () => {
    const names = { bg: 'editor-background', fg: 'foreground', muted: 'descriptionForeground' };
    const charts = ['orange', 'blue', 'purple', 'green'].map((name) => [name, `charts-${name}`]);
    for (const [key, name] of [...Object.entries(names), ...charts]) {
      const found = new RegExp(`--vscode-${name ?? ''}: light-dark\\((#\\w+), (#\\w+)\\);`).exec(css);
      const at = key as keyof (typeof grounds)['light'];
      assert.deepEqual([found?.[1], found?.[2]], [grounds.light[at], grounds.dark[at]], name);
    }
    const strengths = { strength: 'strength', strengthDiff: 'strength-diff' } as const;
    for (const [key, name] of Object.entries(strengths)) {
      const at = key as keyof typeof strengths;
      assert.match(css, new RegExp(`body {[^}]*--sp-${name}: ${grounds.dark[at]}%`));
      assert.match(
        css,
        new RegExp(
          `prefers-color-scheme: light\\) {\\s*html.standalone body {[^}]*--sp-${name}: ${grounds.light[at]}%`,
        ),
      );
    }
    assert.match(css, /--sp-frame-text: light-dark\(#000, #fff\)/);
    assert.deepEqual([grounds.light.letters, grounds.dark.letters], ['#000000', '#ffffff']);
    for (const mixture of [
      'frame-native: color-mix(in oklab, var(--sp-muted) 40%',
      'frame-kernel: color-mix(in oklab, var(--sp-green) 48%',
      'diff-slow: color-mix(in oklab, var(--sp-orange) var(--sp-strength-diff)',
      'diff-same: color-mix(in oklab, var(--sp-fg) 13%',
      'var(--sp-blue) 30%, var(--sp-muted)) 42%',
    ])
      assert.ok(css.includes(mixture), mixture);
  });

  test('are mixed as a browser mixes them', () => {
    // What Chromium resolves color-mix(in oklab, …) to.
    assert.equal(mix('#ff0000', '#0000ff', 50), '#8c53a2');
    assert.equal(mix('#c35a00', '#ffffff', 100), '#c35a00');
    assert.equal(mix('#ffffff', '#000000', 0), '#000000');
    assert.equal(flameColors('dark').difference.length, 11);
  });
});

/** Every element is closed in order and every ampersand begins an entity. */
function assertWellFormed(xml: string): void {
  const open: string[] = [];
  for (const [, close, name = '', self] of xml.matchAll(/<(\/?)([a-z]+)[^<>]*?(\/?)>/g)) {
    if (close === '/') assert.equal(open.pop(), name);
    else if (self !== '/') open.push(name);
  }
  assert.deepEqual(open, []);
  assert.equal(xml.replace(/<\/?[a-z]+(?: [a-zA-Z-]+="[^"<]*")*\/?>/g, '').search(/[<]/), -1);
  assert.doesNotMatch(xml, /&(?!amp;|lt;|gt;|quot;)/);
}
