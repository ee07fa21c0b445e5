import { useState } from 'react'

import { Button } from '../../ui/Button'
import { failureWords } from '../problems/words'
import { AccountNote } from './AccountNote'
import { useAcceptInvitation } from './changes'
import { enter } from './enter'
import { dropLinkToken } from './linkToken'
import { ProviderButtons } from './ProviderButtons'
import { INVITATION_PATH } from './paths'
import type { Offer, SignInOptions } from './queries'
import { RegisterForm } from './RegisterForm'
import { SignInForm } from './SignInForm'
import { useSignOut } from './useSignOut'

/** Who looks at an invitation. */
export type Visitor = { kind: 'user'; email: string } | { kind: 'nobody'; options: SignInOptions }

interface AcceptAsProps {
  who: Visitor
  offer: Offer
  token: string
}

/** Accepts an invitation: as who is signed in, or once somebody is. */
export function AcceptAs({ who, offer, token }: AcceptAsProps) {
  const { mutate: accept, isPending, isSuccess, error } = useAcceptInvitation()
  const [isIn, setIsIn] = useState(who.kind === 'user')
  const join = () => {
    setIsIn(true)
    accept({ token }, { onSuccess: () => enter('/') })
  }

  if (!isIn && who.kind === 'nobody') return <Strangers options={who.options} offer={offer} token={token} onIn={join} />
  if (who.kind === 'user' && offer.email && offer.email !== who.email) return <OtherAccount email={who.email} />
  return (
    <>
      {who.kind === 'user' && <p className="text-ink-soft text-sm">You are signed in as {who.email}.</p>}
      {error !== null && <AccountNote>{failureWords(error)}</AccountNote>}
      <Button kind="primary" isWide isBusy={isPending || isSuccess} onClick={join}>
        {isPending || isSuccess ? 'Joining…' : 'Join'}
      </Button>
    </>
  )
}

/** Whoever makes an account with an invitation has accepted it. */
function begin(): void {
  dropLinkToken(INVITATION_PATH)
  enter('/')
}

interface StrangersProps {
  options: SignInOptions
  offer: Offer
  token: string
  onIn: () => void
}

/** Makes an account with the invitation, or signs in to one first. */
function Strangers({ options, offer, token, onIn }: StrangersProps) {
  const [hasAccount, setHasAccount] = useState(options.registration === 'closed')
  const email = offer.email ?? undefined
  return (
    <>
      {hasAccount ? (
        <SignInForm email={email} action="Sign in and join" onDone={onIn} />
      ) : (
        <RegisterForm email={email} invitation={token} action="Create the account and join" onDone={begin} />
      )}
      {options.registration !== 'closed' && (
        <Button isWide onClick={() => setHasAccount(!hasAccount)}>
          {hasAccount ? 'I have no account yet' : 'I have an account already'}
        </Button>
      )}
      <ProviderButtons providers={options.providers} returnTo={INVITATION_PATH} />
    </>
  )
}

function OtherAccount({ email }: { email: string }) {
  const { mutate: signOut, isPending } = useSignOut()
  return (
    <>
      <AccountNote>You are signed in as {email}, and the invitation is for another address.</AccountNote>
      <Button kind="primary" isWide isBusy={isPending} onClick={() => signOut({ goTo: INVITATION_PATH })}>
        Sign out and use the other one
      </Button>
    </>
  )
}
