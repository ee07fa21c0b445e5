import { ProblemError } from '@gala/client'
import { useClient } from '@gala/react'
import { useMutation } from '@tanstack/react-query'

import { enter } from './enter'
import { SIGN_IN_PATH } from './paths'
import { forgetPrincipal, MAY_BE_ANONYMOUS } from './session'

/** Ends the session here, and leaves nothing of it in this browser. */
export function useSignOut() {
  const client = useClient()
  return useMutation<void, Error, { goTo?: string }>({
    meta: MAY_BE_ANONYMOUS,
    mutationFn: async () => {
      // Who is signed out already has what they want.
      await client.api.POST('/api/v1/auth/logout').catch(unlessUnauthorized)
      forgetPrincipal()
      // Without a store nothing was kept.
      await client.forget().catch(() => {})
    },
    onSuccess: (_nothing, { goTo = SIGN_IN_PATH }) => enter(goTo),
  })
}

function unlessUnauthorized(error: unknown): void {
  if (!(error instanceof ProblemError && error.code === 'unauthorized')) throw error
}
