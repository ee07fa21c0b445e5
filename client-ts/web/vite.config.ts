import tailwindcss from '@tailwindcss/vite'
import react from '@vitejs/plugin-react'
import { defaultClientConditions, defineConfig } from 'vite'

const server = process.env.GALA_URL ?? 'http://127.0.0.1:8080'

export default defineConfig({
  plugins: [react(), tailwindcss()],
  resolve: {
    // The libraries of this workspace are read from source, so that nothing has to be built first.
    conditions: ['@gala/source', ...defaultClientConditions],
    dedupe: ['react', 'react-dom', 'yjs', 'y-protocols', 'lib0'],
  },
  build: {
    target: 'es2023',
    // An inlined asset would be a data: URL, which the content security policy does not know.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      // lib0 describes with `$` what a document in a browser is made of, which nothing here asks: 2 kB.
      treeshake: { manualPureFunctions: ['$'] },
      output: {
        // Everything the first page needs is one file. Cut up along what later files share with it, it
        // would be a dozen, which compress worse.
        codeSplitting: {
          groups: [
            { name: 'main', test: /src\/main\.tsx$/ },
            { name: 'editor', test: /editor\/PageEditor\.tsx$/ },
          ],
        },
      },
    },
  },
  server: {
    proxy: {
      '/api': server,
      '/collab': { target: server, ws: true },
    },
  },
})
