import { createClient, ProblemError } from '@gala/client'
import { ClientProvider } from '@gala/react'
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'

import { TRASH_PATH } from './features/pages/paths'
import { App } from './routes/App'
import { prepareEditor } from './routes/PageRoute'
import './styles/index.css'

/** Milliseconds between attempts while the server cannot be reached. */
const OUTAGE_RETRY_MS = 3_000

const client = createClient({ url: location.origin })
client.guardLeaving()
client.sendKept().catch(() => {
  // Without a store nothing was kept.
})

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      // Whether the server can be reached is not for the browser to guess: it may run on this machine.
      networkMode: 'always',
      retry: false,
      // What could not be fetched is fetched when the server is back, without anybody asking.
      refetchInterval: ({ state }) => (isOutage(state.error) ? OUTAGE_RETRY_MS : false),
    },
    mutations: { networkMode: 'always' },
  },
})

// In parallel with the first answers of the server.
if (location.pathname !== TRASH_PATH) prepareEditor()

const root = document.getElementById('app')
if (root === null) throw new Error('index.html has no element with the id "app"')

createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={queries}>
      <ClientProvider client={client}>
        <App />
      </ClientProvider>
    </QueryClientProvider>
  </StrictMode>,
)

function isOutage(error: Error | null): boolean {
  return error instanceof ProblemError && (error.code === 'unreachable' || error.code === 'unavailable')
}
