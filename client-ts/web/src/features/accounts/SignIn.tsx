import { useEffect } from 'react'

import { useSearchParam } from '../../ui/location'
import { TextLink } from '../../ui/TextLink'
import { AccountCard, CardSkeleton } from './AccountCard'
import { AccountNote } from './AccountNote'
import { enter } from './enter'
import { FirstRun } from './FirstRun'
import { ProviderButtons } from './ProviderButtons'
import { FORGOT_PASSWORD_PATH, SIGN_UP_PATH, safeReturn } from './paths'
import { useSignInOptions, useVisitor } from './queries'
import { SignInForm } from './SignInForm'
import { Unanswered } from './Unanswered'
import { returnWords } from './words'

/** Lets somebody in who has an account. */
export function SignIn() {
  const returnTo = safeReturn(useSearchParam('return_to'))
  const error = useSearchParam('error')
  const { data: options, error: failure } = useSignInOptions()
  const isIn = useVisitor().data?.kind === 'user'

  useEffect(() => {
    if (isIn) enter(returnTo)
  }, [isIn, returnTo])

  if (failure !== null && options === undefined) return <Unanswered />
  if (options === undefined || isIn) return <CardSkeleton />
  if (options.is_first_run) return <FirstRun />

  return (
    <AccountCard
      title="Sign in"
      footer={
        options.registration === 'open' && (
          <>
            No account yet? <TextLink href={SIGN_UP_PATH}>Create one</TextLink>
          </>
        )
      }
    >
      {error !== undefined && <AccountNote>{returnWords(error)}</AccountNote>}
      <SignInForm onDone={() => enter(returnTo)} />
      <p className="text-center text-sm">
        <TextLink href={FORGOT_PASSWORD_PATH}>Forgot your password?</TextLink>
      </p>
      <ProviderButtons providers={options.providers} returnTo={returnTo} />
    </AccountCard>
  )
}
