import { createClient } from '@gala/client'
import { ClientProvider } from '@gala/react'
import { MutationCache, QueryCache, QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'

import { hideLinkToken } from './features/accounts/linkToken'
import { noticeEnd, rememberedPrincipal } from './features/accounts/session'
import { pageAt } from './features/pages/paths'
import { refreshEvery } from './features/problems/refresh'
import { App } from './routes/App'
import { prepareEditor } from './routes/PageRoute'
import './styles/index.css'

hideLinkToken()

const client = createClient({ url: location.origin, keptFor: rememberedPrincipal() ?? '' })
client.guardLeaving()

const queries = new QueryClient({
  queryCache: new QueryCache({ onError: (error, { meta }) => noticeEnd(error, meta) }),
  mutationCache: new MutationCache({
    onError: (error, _variables, _onMutateResult, { meta }) => noticeEnd(error, meta),
  }),
  defaultOptions: {
    queries: {
      // Whether the server can be reached is not for the browser to guess: it may run on this machine.
      networkMode: 'always',
      retry: false,
      refetchInterval: refreshEvery(false),
    },
    mutations: { networkMode: 'always' },
  },
})

// In parallel with the first answers of the server.
if (location.pathname === '/' || pageAt(location.pathname) !== undefined) prepareEditor()

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
