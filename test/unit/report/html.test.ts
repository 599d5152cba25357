import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, test } from 'node:test';
import { runInNewContext } from 'node:vm';
import { gunzipSync } from 'node:zlib';
import { unpackRun, packRun } from '../../../src/run/pack.ts';
import { standaloneHtml } from '../../../src/report/html.ts';
import { syntheticFindings, syntheticRun } from '../../fixtures/run.ts';

const run = syntheticRun(1, { durationUs: 1e6 });
const packed = packRun(run, syntheticFindings());
const page = { js: 'const page = 1;', css: 'body { color: red; }', controls: 'const controls = 1;' };

const policyOf = (html: string): string => /Content-Security-Policy" content="([^"]+)"/.exec(html)?.[1] ?? '';
const hash = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
const dataOf = (html: string, id: string): string => new RegExp(`id="${id}"[^>]*>([^<]*)<`).exec(html)?.[1] ?? '';

describe('a standalone report', () => {
  test('holds the run byte for byte', () => {
    const html = standaloneHtml({ title: 'orders', packed, page });
    const bytes = gunzipSync(Buffer.from(dataOf(html, 'slowpath-data'), 'base64'));
    const buffer = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
    assert.deepEqual(unpackRun(buffer).run.manifest, run.manifest);
  });

  test('allows exactly its own scripts and styles, and nothing from elsewhere', () => {
    const html = standaloneHtml({ title: 'orders', packed, page });
    const policy = policyOf(html);
    const scripts = [...html.matchAll(/<script>([^]*?)<\/script>/g)].map((match) => match[1] ?? '');
    assert.deepEqual(scripts, [page.js, page.controls]);
    for (const script of scripts) assert.ok(policy.includes(hash(script)));
    assert.ok(policy.includes(hash(page.css)));
    assert.match(policy, /default-src 'none'/);
    assert.doesNotMatch(policy, /unsafe|https?:|\*/);
    assert.doesNotMatch(html, /(src|href)=/);
  });

  test('hostile titles stay text', () => {
    const title = `</title><script>alert(1)</script>" onload='x' & \u2028\n<!--`;
    const html = standaloneHtml({ title, packed, page, baseline: { title, packed } });
    assert.equal([...html.matchAll(/<script>/g)].length, 2);
    assert.ok(
      html.includes(
        '<title>&lt;/title&gt;&lt;script&gt;alert(1)&lt;/script&gt;&quot; onload=&#39;x&#39; &amp;   &lt;!--</title>',
      ),
    );
    assert.ok(!html.includes('<!--'));
    assert.ok(dataOf(html, 'slowpath-baseline').length > 100);
  });

  test('a bundle that speaks of </script> does not end its element', () => {
    const js = 'const end = "</script><script>alert(1)</script>"; const comment = "<!--";';
    const html = standaloneHtml({ title: 'orders', packed, page: { ...page, js } });
    const script = /<script>(const end[^]*?)<\/script>/.exec(html)?.[1] ?? '';
    assert.ok(script.endsWith('";'), script);
    const evaluated = runInNewContext(`${script} end + comment`) as string;
    assert.equal(evaluated, '</script><script>alert(1)</script><!--');
    assert.ok(policyOf(html).includes(hash(script)));
  });
});
