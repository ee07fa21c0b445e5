import { useClient } from '@gala/react'
import { useEffect } from 'react'

import { useMe } from './me'
import { rememberedPrincipal, rememberPrincipal } from './session'

/**
 * Brings to the server what earlier tabs could not. Copies of pages are kept for one person: if
 * another one turns out to be signed in, everything is loaded anew for them.
 */
export function useOwnCopies(): void {
  const client = useClient()
  const me = useMe().data
  const userId = me?.kind === 'user' ? me.id : undefined

  useEffect(() => {
    if (userId === undefined) return
    if (rememberedPrincipal() === userId) {
      client.sendKept().catch(() => {
        // Without a store nothing was kept.
      })
      return
    }
    rememberPrincipal(userId)
    location.reload()
  }, [client, userId])
}
