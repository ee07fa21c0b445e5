import { useClient } from '@gala/react'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'

import { Button } from '../../ui/Button'
import { failureWords } from '../problems/words'
import { AccountCard, CardSkeleton } from './AccountCard'
import { enter } from './enter'
import { dropLinkToken, linkToken } from './linkToken'
import { VERIFY_EMAIL_PATH } from './paths'

const SPENT = 'This link was used already, or is too old. Your profile says whether the address is verified.'

/** Shows the server that its mail has arrived. */
export function VerifyEmail() {
  const [token] = useState(() => linkToken(VERIFY_EMAIL_PATH))
  const { isSuccess, error } = useVerification(token)
  const goOn = (
    <Button kind="primary" isWide onClick={() => enter('/')}>
      Go on
    </Button>
  )

  if (token === undefined) {
    return (
      <AccountCard title="This link is not complete" about="Open the link in the mail again.">
        {goOn}
      </AccountCard>
    )
  }
  if (error !== null) {
    return (
      <AccountCard title="The address was not verified" about={failureWords(error, { invalid: SPENT })}>
        {goOn}
      </AccountCard>
    )
  }
  if (!isSuccess) return <CardSkeleton />
  return (
    <AccountCard title="Your address is verified" about="Thank you. Nothing else has to be done.">
      {goOn}
    </AccountCard>
  )
}

/**
 * A query and not a mutation, because it begins by itself and must be sent only once. Whoever is not signed in
 * signs in first: only whoever has the account may say that the address is theirs.
 */
function useVerification(token: string | undefined) {
  const { api } = useClient()
  return useQuery({
    queryKey: ['verification', token],
    enabled: token !== undefined,
    staleTime: Number.POSITIVE_INFINITY,
    refetchOnWindowFocus: false,
    queryFn: async () => {
      await api.POST('/api/v1/auth/verify-email', { body: { token: token ?? '' } })
      dropLinkToken(VERIFY_EMAIL_PATH)
      return true
    },
  })
}
