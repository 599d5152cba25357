import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import {
  Color,
  Command,
  ContextKey,
  diffLevels,
  diffSides,
  heatLevels,
  PanelType,
  profileFilePatterns,
  planFileName,
  Setting,
  settingsSection,
  TreeItemKind,
  View,
  Walkthrough,
} from '../../../src/editor/names.ts';

const root = resolve(import.meta.dirname, '../../..');
const text = readFileSync(join(root, 'package.json'), 'utf8');

interface Contributions {
  readonly commands: readonly { command: string; title: string; category: string }[];
  readonly menus: Readonly<Record<string, readonly { command: string; when?: string }[]>>;
  readonly views: Readonly<Record<string, readonly { id: string }[]>>;
  readonly viewsContainers: { readonly activitybar: readonly { id: string; icon: string }[] };
  readonly customEditors: readonly {
    viewType: string;
    priority: string;
    selector: readonly { filenamePattern: string }[];
  }[];
  readonly walkthroughs: readonly { id: string; steps: readonly { description: string; media: { svg: string } }[] }[];
  readonly configuration: { readonly properties: Readonly<Record<string, { scope: string; default: unknown }>> };
  readonly colors: readonly { id: string; defaults: Readonly<Record<string, string>> }[];
  readonly jsonValidation: readonly { fileMatch: string; url: string }[];
}
const manifest = JSON.parse(text) as {
  contributes: Contributions;
  activationEvents: string[];
  icon: string;
  capabilities: { untrustedWorkspaces: { supported: string; restrictedConfigurations: string[] } };
};
const { contributes } = manifest;
const sorted = (names: Iterable<string>): string[] => [...names].sort();

test('commands are the same in the code and in package.json', () => {
  assert.deepEqual(sorted(contributes.commands.map(({ command }) => command)), sorted(Object.values(Command)));
  assert.deepEqual(new Set(contributes.commands.map(({ category }) => category)), new Set(['Slowpath']));
});

test('menus and walkthroughs name only commands that exist', () => {
  const known = new Set<string>(Object.values(Command));
  const inMenus = Object.values(contributes.menus).flatMap((items) => items.map(({ command }) => command));
  const inTexts = [
    ...`${text}${readFileSync(join(root, 'package.nls.json'), 'utf8')}`.matchAll(/\(command:(slowpath\.\w+)\)/g),
  ];
  for (const command of [...inMenus, ...inTexts.map(([, name]) => name ?? '')]) assert.ok(known.has(command), command);
});

test('commands that need arguments are not in the palette', () => {
  const hidden = contributes.menus['commandPalette']
    ?.filter(({ when }) => when === 'false')
    .map(({ command }) => command);
  assert.deepEqual(hidden, [Command.openSource, Command.revealInReport, Command.openProfile]);
});

test('views, panels, custom editors and walkthroughs have the same names', () => {
  assert.deepEqual(Object.keys(contributes.views), [View.container]);
  assert.deepEqual(
    contributes.views[View.container]?.map(({ id }) => id),
    [View.runs],
  );
  assert.deepEqual(
    contributes.viewsContainers.activitybar.map(({ id }) => id),
    [View.container],
  );
  assert.deepEqual(
    contributes.customEditors.map(({ viewType, priority, selector }) => [
      viewType,
      priority,
      selector.map(({ filenamePattern }) => filenamePattern),
    ]),
    [
      [PanelType.cpuProfile, 'option', profileFilePatterns],
      [PanelType.hlog, 'default', ['*.hlog', '*.hgrm']],
    ],
  );
  assert.ok(manifest.activationEvents.includes(`onWebviewPanel:${PanelType.report}`));
  assert.deepEqual(
    contributes.walkthroughs.map(({ id }) => id),
    [Walkthrough.start],
  );
});

test('settings have the same names, and each has a scope and a default', () => {
  const { properties } = contributes.configuration;
  assert.deepEqual(
    sorted(Object.keys(properties)),
    sorted(Object.values(Setting).map((name) => `${settingsSection}.${name}`)),
  );
  for (const [name, property] of Object.entries(properties)) {
    assert.ok(['machine', 'window', 'resource'].includes(property.scope), name);
    assert.notEqual(property.default, undefined, name);
  }
});

test('an executable is a machine setting and is not taken from an untrusted workspace', () => {
  const name = `${settingsSection}.${Setting.nodePath}`;
  assert.equal(contributes.configuration.properties[name]?.scope, 'machine');
  assert.equal(manifest.capabilities.untrustedWorkspaces.supported, 'limited');
  assert.deepEqual(manifest.capabilities.untrustedWorkspaces.restrictedConfigurations, [name]);
});

test('colours have the same names and a value for each of the four kinds of theme', () => {
  const expected = [
    ...heatLevels.flatMap((level) => [Color.heat(level), Color.heatBar(level)]),
    ...diffSides.flatMap((side) => [...diffLevels.map((level) => Color.diff(side, level)), Color.diffBar(side)]),
    Color.heatStale,
    Color.heatFigures,
  ];
  assert.deepEqual(sorted(contributes.colors.map(({ id }) => id)), sorted(expected));
  for (const { id, defaults } of contributes.colors) {
    assert.deepEqual(sorted(Object.keys(defaults)), ['dark', 'highContrast', 'highContrastLight', 'light'], id);
  }
});

test('every `when` uses only context keys and tree items that the code sets', () => {
  const known = new Set<string>([
    ...Object.values(ContextKey),
    View.runs,
    ...Object.values(TreeItemKind),
    ...Object.values(PanelType),
    ...Object.values(Command),
  ]);
  const clauses = [...text.matchAll(/"(?:when|enablement)": "([^"]*)"/g)].map(([, clause]) => clause ?? '');
  assert.ok(clauses.length > 20);
  for (const clause of clauses) {
    // A regular expression names tree items by their last words.
    for (const [name] of clause.replace(/\/\^.*?\$\//g, '').matchAll(/slowpath\.\w+/g)) {
      assert.ok(known.has(name) || name === planFileName, `${name} in ${clause}`);
    }
  }
});

test('every text stands in package.nls.json, and none stands there unused', () => {
  const texts = JSON.parse(readFileSync(join(root, 'package.nls.json'), 'utf8')) as Record<string, string>;
  const used = new Set([...text.matchAll(/"%([\w.]+)%"/g)].map(([, key]) => key ?? ''));
  assert.deepEqual(sorted(used), sorted(Object.keys(texts)));
  for (const [key, value] of Object.entries(texts)) assert.ok(value.trim() !== '', key);
});

test('every picture that package.json names is there', () => {
  const pictures = [
    manifest.icon,
    ...contributes.viewsContainers.activitybar.map(({ icon }) => icon),
    ...contributes.walkthroughs.flatMap(({ steps }) => steps.map(({ media }) => media.svg)),
  ];
  for (const picture of pictures) assert.ok(existsSync(join(root, picture)), picture);
  assert.deepEqual(readdirSync(join(root, 'media/walkthrough')).length, contributes.walkthroughs[0]?.steps.length);
});

test('the plan is checked against the schema that the build writes', () => {
  assert.deepEqual(contributes.jsonValidation, [{ fileMatch: planFileName, url: './media/slowpath.schema.json' }]);
});
