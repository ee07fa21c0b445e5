import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    projects: [
      { test: { name: 'core', include: ['core/test/**/*.test.ts'] } },
      {
        resolve: { conditions: ['@gala/source'], dedupe: ['react', 'react-dom', 'yjs'] },
        test: { name: 'react', include: ['react/test/**/*.test.tsx'], environment: 'jsdom' },
      },
      {
        ssr: { resolve: { conditions: ['@gala/source'] } },
        test: { name: 'web', include: ['web/test/**/*.test.ts'] },
      },
    ],
  },
})
