import { configDefaults, defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    // What the benchmark downloads has tests of its own.
    exclude: [...configDefaults.exclude, 'bench/peers/**'],
    // Which files are slow, they say themselves: `// @module-tag slow`.
    tags: [{ name: 'slow', description: 'Takes seconds on an idle machine: left out of npm run test:quick' }],
  },
});
