import js from '@eslint/js';
import stylistic from '@stylistic/eslint-plugin';
import rxjsX from 'eslint-plugin-rxjs-x';
import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';

const browserGlobals = Object.fromEntries(
  [
    'window document location navigator customElements HTMLElement Image ImageBitmap',
    'WebSocket Blob File FileReader URL URLSearchParams createImageBitmap ResizeObserver',
    'requestAnimationFrame cancelAnimationFrame setTimeout clearTimeout setInterval clearInterval',
    'performance console localStorage sessionStorage fetch crypto matchMedia Path2D',
    'getComputedStyle structuredClone queueMicrotask TextDecoder TextEncoder atob btoa Event',
    'CustomEvent AbortController devicePixelRatio history confirm',
  ]
    .join(' ')
    .split(' ')
    .map((name) => [name, 'readonly']),
);
const nodeGlobals = Object.fromEntries(
  'process console URL URLSearchParams Buffer setTimeout clearTimeout setInterval clearInterval setImmediate performance fetch AbortController AbortSignal structuredClone'
    .split(' ')
    .map((name) => [name, 'readonly']),
);

export default defineConfig([
  globalIgnores(['dist/', 'build/', 'coverage/', '.lifelens/', 'node_modules/']),
  {
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    extends: [js.configs.recommended],
    plugins: { '@stylistic': stylistic },
    rules: {
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-console': 'error',
      'max-lines': ['error', { max: 300 }],
      // Prettier keeps code within 100 columns and leaves comments alone.
      '@stylistic/max-len': ['error', { code: 1000, comments: 100, ignoreUrls: true }],
    },
  },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked, rxjsX.configs.recommended],
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      'max-lines-per-function': ['error', { max: 70, skipComments: true, skipBlankLines: true }],
      'no-warning-comments': ['error', { terms: ['todo', 'fixme', 'xxx'], location: 'start' }],
      // An index into a typed array that is in range by construction is written `values[i]!`.
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      '@typescript-eslint/no-confusing-void-expression': [
        'error',
        { ignoreArrowShorthand: true, ignoreVoidReturningFunctions: true },
      ],
      '@typescript-eslint/no-unnecessary-condition': [
        'error',
        { allowConstantLoopConditions: 'only-allowed-literals' },
      ],
      // Contracts are asynchronous for the implementations that have to wait; some have not.
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', caughtErrors: 'all' },
      ],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/consistent-type-exports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      'rxjs-x/no-floating-observables': 'error',
      'rxjs-x/no-misused-observables': 'error',
      'rxjs-x/no-ignored-error': 'error',
      'rxjs-x/no-exposed-subjects': 'error',
      'rxjs-x/no-subclass': 'error',
      'rxjs-x/no-sharereplay-before-takeuntil': 'error',
    },
  },
  {
    // Chance comes in as a seeded argument, so that a run can be repeated.
    files: ['operators/**/*.ts'],
    // These two face the machine: which ffmpeg there is, and the jitter of reopening a camera.
    ignores: [
      'operators/ingest/ffmpeg/ffmpeg-binary.ts',
      'operators/ingest/sources/live-camera.ts',
    ],
    rules: {
      'no-restricted-properties': [
        'error',
        { object: 'Math', property: 'random', message: 'Take a seeded generator as an argument.' },
        { object: 'process', property: 'env', message: 'The environment stops at pipeline/.' },
      ],
    },
  },
  {
    files: ['test/**/*.ts'],
    rules: {
      'max-lines-per-function': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/unbound-method': 'off',
      'rxjs-x/no-ignored-error': 'off',
      // Test rigs stand for the outside world, which emits.
      'rxjs-x/no-exposed-subjects': 'off',
    },
  },
  {
    // Benchmarks, packaging and examples print to a terminal.
    files: ['pipeline/laboratory/benchmarks/**/*.ts', 'deploy/**/*.ts', 'examples/**/*.ts'],
    rules: { 'no-console': 'off' },
  },
  {
    // Event streams of `watch` never error; an example shows that its report does.
    files: ['examples/**/*.ts'],
    rules: { 'rxjs-x/no-ignored-error': 'off' },
  },
  {
    files: ['**/*.js'],
    ignores: ['sinks/dashboard/page/**'],
    languageOptions: { globals: nodeGlobals },
  },
  {
    files: ['sinks/dashboard/page/**/*.js'],
    languageOptions: { globals: browserGlobals },
  },
]);
