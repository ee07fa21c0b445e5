import { useEffect } from 'react'

import { AccountCard, CardSkeleton } from './AccountCard'
import { enter } from './enter'
import { SIGN_IN_PATH, safeReturn } from './paths'
import { useVisitor } from './queries'
import { takeReturn } from './returning'
import { rememberPrincipal } from './session'

/** Where somebody arrives who has signed in with another service: goes on to where they wanted to be. */
export function SignedIn() {
  const { data: visitor, error } = useVisitor()

  useEffect(() => {
    if (visitor === undefined) return
    if (visitor?.kind !== 'user') return enter(SIGN_IN_PATH)
    rememberPrincipal(visitor.id)
    enter(continuation(takeReturn()))
  }, [visitor])

  if (error === null) return <CardSkeleton />
  return <AccountCard title="The server does not answer" about="Load this page again in a moment." />
}

/** An invitation is looked at again, now as somebody; everything else is where one wanted to be. */
function continuation(path: string | undefined): string {
  return path === '/invite' ? path : safeReturn(path)
}
