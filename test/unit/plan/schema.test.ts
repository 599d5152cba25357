import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { planJsonSchema } from '../../../src/plan/schema.ts';
import { readPlan } from '../../../src/plan/read.ts';

type Json = Readonly<Record<string, unknown>>;
const schema = planJsonSchema();

/** Every schema inside, with its path. */
function* schemasIn(value: unknown, path: string): Generator<[string, Json]> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return;
  const node = value as Json;
  yield [path, node];
  for (const [name, property] of Object.entries((node['properties'] ?? {}) as Json))
    yield* schemasIn(property, `${path}.${name}`);
  for (const keyword of ['anyOf', 'oneOf']) {
    for (const [index, branch] of ((node[keyword] ?? []) as unknown[]).entries())
      yield* schemasIn(branch, `${path}|${index}`);
  }
  yield* schemasIn(node['additionalProperties'], `${path}.*`);
  yield* schemasIn(node['items'], `${path}[]`);
}

const all = [...schemasIn(schema, '$')];

/** Every key that can be written in a plan, with its schema. */
const keys = all.flatMap(([path, node]) =>
  Object.entries((node['properties'] ?? {}) as Record<string, Json>).map(
    ([name, property]) => [`${path}.${name}`, property] as const,
  ),
);

void describe('the JSON Schema', () => {
  test('is draft-07 without references, and allows comments and trailing commas', () => {
    assert.equal(schema['$schema'], 'http://json-schema.org/draft-07/schema#');
    assert.deepEqual([schema['allowComments'], schema['allowTrailingCommas']], [true, true]);
    assert.doesNotMatch(JSON.stringify(schema), /"\$ref"|"\$defs"|"definitions"|"const":null/);
  });

  test('knows every name of the documentation', () => {
    const names = new Set(keys.map(([path]) => path.replace(/^.*\./, '')));
    for (const name of 'scenarios targets load collect slo runtime command args cwd env ready http port log timeout pid inspector protocol url requests name method path headers body weight arrivals model rate seed concurrency connections warmup duration cpu'.split(
      ' ',
    )) {
      assert.ok(names.has(name), name);
    }
  });

  test('an object allows no other keys than its own', () => {
    for (const [path, node] of all) if (node['properties']) assert.equal(node['additionalProperties'], false, path);
  });

  test('every key has a hover text, plain and rendered', () => {
    for (const [path, node] of keys) {
      assert.equal(typeof node['markdownDescription'], 'string', path);
      assert.match(String(node['description']), /^[^`*]+\.$/s, path);
    }
  });

  test('what has a default names it, and only what has none is required', () => {
    for (const [path, node] of all) {
      for (const name of (node['required'] ?? []) as string[]) {
        const property = (node['properties'] as Record<string, Json>)[name];
        assert.ok(property && !('default' in property), `${path}.${name}`);
      }
    }
    const found = Object.fromEntries(
      keys.filter(([, node]) => 'default' in node).map(([path, node]) => [path.replace(/^.*\./, ''), node['default']]),
    );
    assert.partialDeepStrictEqual(found, {
      connections: 16,
      warmup: '3s',
      duration: '15s',
      method: 'GET',
      weight: 1,
      cpu: '1ms',
      seed: 1,
      protocol: 'http',
      runtime: 'node',
    });
  });

  test('enumerations describe each value', () => {
    for (const [path, node] of all) {
      if (Array.isArray(node['enumDescriptions']))
        assert.equal(node['enumDescriptions'].length, (node['enum'] as unknown[]).length, path);
    }
  });

  test('patterns compile, accept the examples and ask for the unit', () => {
    const withPattern = all.filter(([, node]) => typeof node['pattern'] === 'string');
    assert.ok(withPattern.length >= 8);
    for (const [path, node] of withPattern) {
      const pattern = new RegExp(String(node['pattern']), 'u');
      for (const example of (node['examples'] ?? []) as unknown[])
        if (typeof example === 'string') assert.match(example, pattern, path);
      assert.doesNotMatch('15 sec', pattern, path);
      assert.equal(typeof node['patternErrorMessage'], 'string', path);
    }
  });
});

/** What VS Code inserts for a snippet's body: `^` means as it stands; then tab stops are replaced by their defaults. */
function inserted(body: unknown): string {
  const print = (value: unknown): string => {
    if (typeof value === 'string') return value.startsWith('^') ? value.slice(1) : JSON.stringify(value);
    if (Array.isArray(value)) return `[${value.map(print).join(',')}]`;
    if (typeof value !== 'object' || value === null) return JSON.stringify(value);
    return `{${Object.entries(value)
      .map(([key, item]) => `${JSON.stringify(key)}:${print(item)}`)
      .join(',')}}`;
  };
  return print(body)
    .replace(/(?<!\\)\$\{\d+:([^{}]*)\}/g, '$1')
    .replace(/(?<!\\)\$\{\d+\}/g, 'x')
    .replace(/\\\$/g, '$');
}

const spokenBy = (request: string): string =>
  request.includes('"call"') ? 'grpc' : request.includes('"payload"') ? 'tcp' : 'http';

void describe('snippets insert what the plan accepts', () => {
  const arrivals = '{ "model": "constant", "rate": 1 }';
  const around: Readonly<Record<string, (inside: string) => string>> = {
    scenarios: (inside) => `{ "scenarios": ${inside} }`,
    'targets.*': (inside) =>
      `{ "scenarios": { "a": { "targets": { "t": ${inside} }, "load": { "url": "x", "arrivals": ${arrivals} } } } }`,
    ready: (inside) =>
      `{ "scenarios": { "a": { "targets": { "t": { "command": "x", "ready": ${inside} } }, "load": { "url": "x", "arrivals": ${arrivals} } } } }`,
    'requests[]': (inside) =>
      `{ "scenarios": { "a": { "load": { "protocol": "${spokenBy(inside)}", "url": "x", "arrivals": ${arrivals}, "requests": [${inside}] } } } }`,
    arrivals: (inside) => `{ "scenarios": { "a": { "load": { "url": "x", "arrivals": ${inside} } } } }`,
  };
  const snippets = all.flatMap(([path, node]) =>
    ((node['defaultSnippets'] ?? []) as { label: string; body: unknown }[]).map(({ label, body }) => ({
      path,
      label,
      body,
    })),
  );
  test('there are some for each of them', () => assert.ok(snippets.length >= 12));
  for (const { path, label, body } of snippets) {
    test(`${label} in ${path}`, () => {
      const [, wrap] = Object.entries(around).find(([suffix]) => path.endsWith(suffix)) ?? [];
      assert.ok(wrap, path);
      readPlan(wrap(inserted(body)), 'slowpath.jsonc');
    });
  }
});
