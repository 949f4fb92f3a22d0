import { defineConfig } from 'vitest/config';

// `flacon-source` is the export condition under which `import 'flacon'` is src/, not dist/.
const conditions = ['flacon-source', 'node', 'module'];

export default defineConfig({
  resolve: { conditions },
  // Without `module` and `import` for packages: `require` inside of one must find what it finds in plain Node.
  ssr: { resolve: { conditions, externalConditions: ['flacon-source', 'node'] } },
  test: {
    include: ['test/**/*.test.ts', 'sample-app/test/**/*.test.ts'],
    exclude: ['test/apps/**', 'test/fixtures/**', 'node_modules/**'],
    globalSetup: ['./test/support/build.ts'],
    reporters: ['default', './test/support/summary-reporter.ts'],
    pool: 'forks',
    // Terminals, browsers and servers in real processes, on a machine that others may keep busy.
    retry: process.env['CI'] === undefined ? 0 : 1,
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
