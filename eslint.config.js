import tseslint from 'typescript-eslint';

/** Only the editor's rooms may import `vscode` (law 1); analysis rooms stay pure so that they run in the page (law 11). */
const vscodeBan = {
  name: 'vscode',
  message: 'Only src/editor and src/extension.ts import vscode (architecture, law 1).',
};
const nodeBan = { regex: '^node:', message: 'This room runs in the page too: no Node API (architecture, law 11).' };

export default tseslint.config(
  { ignores: ['dist/**', 'node_modules/**', '.tools/**', '.slowpath/**', 'test/fixtures/**', 'media/**'] },
  {
    files: ['**/*.ts', '**/*.tsx'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    linterOptions: { reportUnusedDisableDirectives: 'error', noInlineConfig: true },
    rules: {
      eqeqeq: 'error',
      'no-console': 'error',
      'no-restricted-imports': ['error', { paths: [vscodeBan] }],
      '@typescript-eslint/consistent-type-definitions': ['error', 'interface'],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/no-confusing-void-expression': [
        'error',
        { ignoreArrowShorthand: true, ignoreVoidOperator: true },
      ],
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/no-unnecessary-condition': ['error', { allowConstantLoopConditions: true }],
    },
  },
  {
    files: ['src/editor/**/*.ts', 'src/extension.ts', 'test/editor/**/*.ts', 'test/bench/editor/**/*.ts'],
    rules: { 'no-restricted-imports': 'off' },
  },
  {
    files: [
      'src/inflate.ts',
      'src/profile/tables.ts',
      'src/profile/queries/**',
      'src/profile/formats/**',
      'src/profile/exports/**',
      'src/latency/**',
      'src/trace/**',
      'src/advice/**',
      'webview/**',
    ],
    rules: { 'no-restricted-imports': ['error', { paths: [vscodeBan], patterns: [nodeBan] }] },
  },
  {
    // node:test's `test` and `describe` return promises that the runner awaits.
    files: ['test/**/*.ts'],
    rules: {
      '@typescript-eslint/no-floating-promises': [
        'error',
        {
          allowForKnownSafeCalls: [
            {
              from: 'package',
              name: ['test', 'it', 'describe', 'suite', 'before', 'after', 'beforeEach', 'afterEach'],
              package: 'node:test',
            },
          ],
        },
      ],
    },
  },
);
