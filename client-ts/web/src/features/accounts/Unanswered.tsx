import { AccountCard } from './AccountCard'

/** Stands where the server would say how to go on. It is asked again by itself. */
export function Unanswered() {
  return (
    <AccountCard title="The server does not answer" about="This page comes back by itself when the server does.">
      <p role="status" className="text-ink-faint text-sm">
        Trying again…
      </p>
    </AccountCard>
  )
}
