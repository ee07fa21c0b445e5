import type { Client } from '@gala/client'
import { createContext, type ReactNode, useContext } from 'react'

const ClientContext = createContext<Client | undefined>(undefined)

/** Gives everything below it one client. */
export function ClientProvider({ client, children }: { client: Client; children: ReactNode }) {
  return <ClientContext value={client}>{children}</ClientContext>
}

/** The client of the nearest `ClientProvider`; throws where there is none. */
export function useClient(): Client {
  const client = useContext(ClientContext)
  if (client === undefined) throw new Error('useClient needs a ClientProvider above it')
  return client
}
