import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Otherwise one core is left alone, which is half of a small machine.
    maxWorkers: '100%',
    // Model tests and the packaged functions take their time on a small machine.
    testTimeout: 60_000,
    hookTimeout: 120_000,
    coverage: { provider: 'v8', include: ['src/**', 'local/**', 'cli/**'], reporter: ['text-summary'] },
  },
})
