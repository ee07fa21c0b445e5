import { AccountCard } from './AccountCard'
import { enter } from './enter'
import { RegisterForm } from './RegisterForm'

/** The first visit to an empty server: makes the account that owns it. */
export function FirstRun() {
  return (
    <AccountCard
      title="Create the owner’s account"
      about="Nobody has an account on this server yet. This one owns its first workspace, and invites the others."
    >
      <RegisterForm action="Create the account and begin" onDone={() => enter('/')} />
    </AccountCard>
  )
}
