import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    // Which files are slow, they say themselves: `// @module-tag slow`.
    tags: [{ name: 'slow', description: 'Takes seconds on an idle machine: left out of npm run test:quick' }],
  },
});
