// Property tests draw the same in every run: what catches a change once catches it again.
process.env.ASSENT_SEED ??= '1';

/** @type {import('@stryker-mutator/api/core').PartialStrykerOptions} */
export default {
  mutate: ['src/domain/**/*.ts'],
  testRunner: 'mocha',
  plugins: ['@stryker-mutator/mocha-runner'],
  testRunnerNodeArgs: ['--import', 'tsx'],
  mochaOptions: {
    'no-config': true,
    'no-package': true,
    extension: ['ts'],
    spec: ['test/domain/**/*.test.ts'],
    // Asks a database.
    ignore: ['test/domain/segments/agreement.long.test.ts'],
  },
  coverageAnalysis: 'perTest',
  // tsx takes types away unread; the compiler's own interface, which this would use, is not in TypeScript 7.
  disableTypeChecks: false,
  tsconfigFile: 'none',
  ignoreStatic: true,
  concurrency: 2,
  reporters: ['clear-text', 'progress-append-only'],
  clearTextReporter: { allowColor: false, logTests: false, reportTests: false },
  tempDirName: '.data/mutation',
  ignorePatterns: ['docs', 'dist', '.data'],
};
