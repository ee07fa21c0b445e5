import { bodyOf, ProblemError } from '@gala/client'
import { useClient } from '@gala/react'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'

import { Button } from '../../ui/Button'
import { dayOf } from '../../ui/dates'
import { ROLE_PHRASES } from '../access/words'
import { failureWords } from '../problems/words'
import { AcceptAs, type Visitor } from './AcceptAs'
import { AccountCard, CardSkeleton } from './AccountCard'
import { enter } from './enter'
import { linkToken } from './linkToken'
import { INVITATION_PATH } from './paths'
import { type Offer, useSignInOptions, useVisitor } from './queries'
import { MAY_BE_ANONYMOUS } from './session'

/** An invitation into a workspace: what it offers, and the way in. */
export function Invitation() {
  const [token] = useState(() => linkToken(INVITATION_PATH))
  const { data: offer, error } = useOffer(token)
  const visitor = useVisitor()
  const options = useSignInOptions()

  if (token === undefined || isGone(error)) return <GoneInvitation />
  if (error !== null) return <AccountCard title="The invitation cannot be read" about={failureWords(error)} />
  if (offer === undefined || visitor.data === undefined || options.data === undefined) return <CardSkeleton />

  const who: Visitor =
    visitor.data?.kind === 'user'
      ? { kind: 'user', email: visitor.data.email ?? '' }
      : { kind: 'nobody', options: options.data }
  return (
    <AccountCard
      title={`Join ${offer.workspace_name}`}
      about={
        <>
          {offer.invited_by} invites you{offer.email ? ` (${offer.email})` : ''} to be {ROLE_PHRASES[offer.role]} of{' '}
          <strong className="font-medium text-ink">{offer.workspace_name}</strong>. The invitation is good until{' '}
          {dayOf(offer.expires_at)}.
        </>
      }
    >
      <AcceptAs who={who} offer={offer} token={token} />
    </AccountCard>
  )
}

function GoneInvitation() {
  return (
    <AccountCard
      title="This invitation is no longer good"
      about="It was used already, has expired or was taken back. Ask whoever sent it for another one."
    >
      <Button isWide onClick={() => enter('/')}>
        Go to the start
      </Button>
    </AccountCard>
  )
}

function useOffer(token: string | undefined) {
  const { api } = useClient()
  return useQuery<Offer>({
    queryKey: ['invitation', token],
    enabled: token !== undefined,
    meta: MAY_BE_ANONYMOUS,
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: () => bodyOf(api.POST('/api/v1/invitations/look', { body: { token: token ?? '' } })),
  })
}

function isGone(error: Error | null): boolean {
  return error instanceof ProblemError && ['not_found', 'malformed', 'forbidden'].includes(error.code)
}
