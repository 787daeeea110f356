import tseslint from 'typescript-eslint'

/** Folders that also run in a browser: no global of Node's. */
const nodeFree = ['base', 'model', 'device', 'trace', 'run', 'replay', 'mechanisms', 'policies', 'synth', 'formats']

export default tseslint.config(
  { ignores: ['dist/', 'coverage/', 'node_modules/', 'reports/', '**/*.cjs', '**/assembly/'] },
  {
    files: ['**/*.{js,ts}'],
    linterOptions: { reportUnusedDisableDirectives: 'warn' },
    languageOptions: { parser: tseslint.parser },
    plugins: { '@typescript-eslint': tseslint.plugin },
    rules: {
      eqeqeq: 'error',
      'no-var': 'error',
      'prefer-const': 'error',
      'no-debugger': 'error',
      'no-fallthrough': 'error',
      'no-duplicate-case': 'error',
      'no-unsafe-finally': 'error',
      'no-self-compare': 'error',
      'no-throw-literal': 'error',
      'no-empty': 'error',
      'no-template-curly-in-string': 'error',
      'no-restricted-syntax': [
        'error',
        {
          selector: "CallExpression[callee.property.name='localeCompare']",
          message: 'sort by code unit: locales differ between machines',
        },
        { selector: "CallExpression[callee.property.name='only']", message: 'only() leaves the other tests out' },
      ],
    },
  },
  {
    files: ['src/**/*.ts'],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/consistent-type-imports': ['error', { disallowTypeAnnotations: false }],
      '@typescript-eslint/no-for-in-array': 'error',
      '@typescript-eslint/no-implied-eval': 'error',
      '@typescript-eslint/only-throw-error': 'error',
    },
  },
  {
    files: ['src/**/*.ts'],
    ignores: ['src/commands/**'],
    rules: {
      'no-restricted-exports': [
        'error',
        { restrictDefaultExports: { direct: true, named: true, defaultFrom: true, namedFrom: true } },
      ],
    },
  },
  {
    files: [`src/{${nodeFree.join(',')}}/**/*.ts`],
    ignores: ['**/*.test.ts'],
    rules: {
      'no-restricted-globals': ['error', 'process', 'Buffer', '__dirname', '__filename', 'require', 'setImmediate', 'global'],
      'no-restricted-properties': [
        'error',
        { object: 'Math', property: 'random', message: 'seeds are arguments' },
        { object: 'Date', property: 'now', message: 'clocks are arguments' },
      ],
    },
  },
)
