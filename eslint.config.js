import eslint from '@eslint/js'
import { defineConfig, globalIgnores } from 'eslint/config'
import tseslint from 'typescript-eslint'

/** Folders of src, and what each may import besides itself. Imports go one way. */
const pure = ['dsl', 'operators', 'schedules', 'dialects', 'metrics', 'pictures', 'builtins', 'tfevents']
const all = [...pure, 'runtime', 'tfjs', 'logs', 'replay', 'sinks', 'cli', 'testing', 'conform']
const layers = {
  dsl: [],
  operators: ['dsl'],
  schedules: ['dsl'],
  dialects: ['dsl', 'operators'],
  metrics: ['dsl'],
  pictures: ['dsl', 'metrics'],
  tfevents: ['dsl'],
  builtins: ['dsl', 'operators', 'schedules', 'dialects', 'metrics', 'pictures'],
  runtime: pure,
  tfjs: [...pure, 'runtime', 'sinks'],
  logs: [...pure, 'runtime'],
  replay: [...pure, 'runtime', 'logs'],
  sinks: [...pure, 'runtime'],
  cli: all,
  testing: all,
  conform: all,
}

const fpTs = {
  // fp-ts has no exports map: without `lib` and `.js` tsc is content and Node is not. Augmentation of HKT is no import.
  regex: '^fp-ts(/(?!lib/[\\w/]+\\.js$).*)?$',
  message: "import from 'fp-ts/lib/<Module>.js': nothing else loads in Node",
}
const tensorflow = { regex: '^@tensorflow/', message: 'only src/tfjs knows TensorFlow.js, types included' }
const node = { regex: '^node:', message: 'the pure folders know no platform' }

const importsOf = (folder) => {
  const forbidden = all.filter((other) => other !== folder && !layers[folder].includes(other))
  const patterns = [
    fpTs,
    ...(folder === 'tfjs' ? [] : [tensorflow]),
    ...(pure.includes(folder) ? [node] : []),
    ...(forbidden.length > 0
      ? [
          {
            regex: `^(\\.\\./)+(${forbidden.join('|')})/`,
            message: `src/${folder} may import ${[folder, ...layers[folder]].join(', ')} only`,
          },
        ]
      : []),
  ]
  return {
    files: [`src/${folder}/**/*.ts`],
    rules: { 'no-restricted-imports': ['error', { patterns }] },
  }
}

const noThen = [
  {
    selector:
      'ExportNamedDeclaration > FunctionDeclaration[id.name="then"], ExportNamedDeclaration VariableDeclarator[id.name="then"], ExportSpecifier[exported.name="then"]',
    message: 'a module with an export called `then` is a thenable: importing it never settles',
  },
]

export default defineConfig(
  globalIgnores(['dist', 'runs', 'coverage', '**/.cache', 'node_modules', 'test/fixtures', '.ci']),
  eslint.configs.recommended,
  {
    rules: {
      'no-restricted-syntax': ['error', ...noThen],
    },
  },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      // numbers and booleans read well in messages
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      // Array<T> and ReadonlyArray<T> read alike
      '@typescript-eslint/array-type': ['error', { default: 'generic' }],
      // a hook may answer nothing at all, and `() => effect()` is a house idiom
      '@typescript-eslint/no-invalid-void-type': 'off',
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      // M names the metrics that a part needs: it is there for inference, even where it stands once
      '@typescript-eslint/no-unnecessary-type-parameters': 'off',
      // a string spreads into code points, which is what Python's format rules count
      '@typescript-eslint/no-misused-spread': ['error', { allow: [{ from: 'lib', name: 'string' }, 'string'] }],
      // `_` is how a tuple says that it passes something over
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
    },
  },
  {
    // importing a test's globals and checking what can't be, by design
    files: ['test/**/*.ts', 'examples/**/*.ts', 'vitest.config.ts', 'bench/**/*.ts', 'scripts/**/*.ts'],
    extends: [tseslint.configs.disableTypeChecked],
    rules: {
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-empty-function': 'off',
      '@typescript-eslint/no-unused-expressions': 'off',
    },
  },
  {
    files: ['**/*.{js,mjs}'],
    languageOptions: {
      globals: Object.fromEntries(
        [
          'console',
          'process',
          'performance',
          'setTimeout',
          'clearTimeout',
          'setInterval',
          'clearInterval',
          'URL',
          'Buffer',
          'fetch',
          'structuredClone',
        ].map((name) => [name, 'readonly']),
      ),
    },
    rules: { 'no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }] },
  },
  ...Object.keys(layers).map(importsOf),
  { files: ['src/index.ts'], rules: { 'no-restricted-imports': ['error', { patterns: [fpTs, tensorflow, node] }] } },
  {
    // JSON comes in here untyped; each constructor checks what it is given
    files: ['src/builtins/fromSpec.ts'],
    rules: {
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      // `return wrong(…)`: notes a problem and gives nothing
      '@typescript-eslint/no-confusing-void-expression': 'off',
    },
  },
  {
    // no time, chance, platform or waiting where decisions are made: they would not replay
    files: pure.map((folder) => `src/${folder}/**/*.ts`),
    rules: {
      'no-restricted-globals': [
        'error',
        ...['Date', 'performance', 'Promise', 'process', 'Buffer', 'fetch', 'crypto'],
        ...['setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask', 'requestAnimationFrame'],
      ],
      'no-restricted-properties': [
        'error',
        { object: 'Math', property: 'random' },
        ...['Date', 'performance', 'process', 'setTimeout', 'crypto'].map((property) => ({
          object: 'globalThis',
          property,
        })),
      ],
      'no-restricted-syntax': [
        'error',
        ...noThen,
        { selector: ':function[async=true]', message: 'nothing waits in the pure folders' },
        { selector: 'AwaitExpression', message: 'nothing waits in the pure folders' },
      ],
    },
  },
)
