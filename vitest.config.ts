import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Model tests and the packaged functions take their time on a small machine.
    testTimeout: 60_000,
    hookTimeout: 120_000,
    coverage: { provider: 'v8', include: ['src/**', 'local/**', 'cli/**'], reporter: ['text-summary'] },
  },
})
