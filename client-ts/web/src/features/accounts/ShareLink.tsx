import { bodyOf, ProblemError } from '@gala/client'
import { useClient } from '@gala/react'
import { useQuery } from '@tanstack/react-query'
import { useEffect, useState } from 'react'

import { Button } from '../../ui/Button'
import { failureWords } from '../problems/words'
import { AccountCard, CardSkeleton } from './AccountCard'
import { enter } from './enter'
import { dropLinkToken, linkToken } from './linkToken'
import { SHARE_LINK_PATH } from './paths'
import { forgetPrincipal, MAY_BE_ANONYMOUS } from './session'

/** A link to one page: opens it, for whoever has no account as a guest. */
export function ShareLink({ pathOf }: { pathOf: (page: string) => string }) {
  const [token] = useState(() => linkToken(SHARE_LINK_PATH))
  const { data: page, error } = useOpened(token)

  useEffect(() => {
    if (page === undefined) return
    dropLinkToken(SHARE_LINK_PATH)
    enter(pathOf(page))
  }, [page, pathOf])

  const isGone = error instanceof ProblemError && ['not_found', 'malformed', 'forbidden'].includes(error.code)
  if (token === undefined || isGone) {
    return (
      <AccountCard
        title="This link does not work any more"
        about="It has expired or was taken back. Ask whoever gave it to you for another one."
      >
        <Button isWide onClick={() => enter('/')}>
          Go to the start
        </Button>
      </AccountCard>
    )
  }
  if (error !== null) return <AccountCard title="The link cannot be opened" about={failureWords(error)} />
  return <CardSkeleton />
}

/** A query and not a mutation, because it begins by itself and must be sent only once. */
function useOpened(token: string | undefined) {
  const { api } = useClient()
  return useQuery({
    queryKey: ['share-link', token],
    enabled: token !== undefined,
    meta: MAY_BE_ANONYMOUS,
    staleTime: Number.POSITIVE_INFINITY,
    refetchOnWindowFocus: false,
    queryFn: async () => {
      const opened = await bodyOf(api.POST('/api/v1/share-links/open', { body: { token: token ?? '' } }))
      // Whoever is a guest now is nobody for whom pages were kept here.
      if (opened.csrf_token) forgetPrincipal()
      return opened.page_id
    },
  })
}
