import { defineConfig } from 'vitest/config';

const PACKAGE_TEST = 'test/project/package.test.ts';

export default defineConfig({
  test: {
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 120_000,
    teardownTimeout: 20_000,
    // What a test says aloud, such as why it had nothing to read, is printed as it is said.
    disableConsoleIntercept: true,
    projects: [
      {
        extends: true,
        test: {
          name: 'engine',
          include: ['test/**/*.test.ts'],
          exclude: [PACKAGE_TEST],
          globalSetup: ['test/helpers/services.ts'],
          sequence: { groupOrder: 0 },
        },
      },
      {
        // Installs the package from the registry, so it runs by itself, after the rest.
        extends: true,
        test: {
          name: 'package',
          include: [PACKAGE_TEST],
          testTimeout: 300_000,
          hookTimeout: 600_000,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
