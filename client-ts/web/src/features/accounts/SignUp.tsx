import { TextLink } from '../../ui/TextLink'
import { AccountCard, CardSkeleton } from './AccountCard'
import { enter } from './enter'
import { FirstRun } from './FirstRun'
import { ProviderButtons } from './ProviderButtons'
import { SIGN_IN_PATH } from './paths'
import { useSignInOptions } from './queries'
import { RegisterForm } from './RegisterForm'
import { Unanswered } from './Unanswered'

/** Lets somebody make an account, where everybody may. */
export function SignUp() {
  const { data: options, error } = useSignInOptions()

  if (error !== null && options === undefined) return <Unanswered />
  if (options === undefined) return <CardSkeleton />
  if (options.is_first_run) return <FirstRun />

  const signIn = (
    <>
      Have an account? <TextLink href={SIGN_IN_PATH}>Sign in</TextLink>
    </>
  )
  switch (options.registration) {
    case 'open':
      return (
        <AccountCard title="Create an account" footer={signIn}>
          <RegisterForm onDone={() => enter('/')} />
          <ProviderButtons providers={options.providers} returnTo="/" />
        </AccountCard>
      )
    case 'invite':
      return (
        <AccountCard
          title="Accounts are made by invitation"
          about="Ask somebody who works here to invite you. The invitation is a link, which lets you make your account."
          footer={signIn}
        />
      )
    case 'closed':
      return (
        <AccountCard
          title="Accounts are made by the operator"
          about="Ask whoever runs this server for an account."
          footer={signIn}
        />
      )
  }
}
