import { defineConfig } from 'vitest/config';

// `flacon-source` is the export condition under which `import 'flacon'` is src/, not dist/.
const conditions = ['flacon-source', 'node', 'import', 'module', 'default'];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: conditions } },
  test: {
    include: ['test/**/*.test.ts', 'sample-app/test/**/*.test.ts'],
    exclude: ['test/apps/**', 'test/fixtures/**', 'node_modules/**'],
    globalSetup: ['./test/support/build.ts'],
    reporters: ['default', './test/support/summary-reporter.ts'],
    pool: 'forks',
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
