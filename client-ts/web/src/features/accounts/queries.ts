import { bodyOf, type components, everyItem, ProblemError } from '@gala/client'
import { useClient } from '@gala/react'
import { useQuery } from '@tanstack/react-query'

import type { Me } from './me'
import { MAY_BE_ANONYMOUS } from './session'

export type Device = components['schemas']['DeviceView']
export type Offer = components['schemas']['InvitationOffer']
export type SignInOptions = components['schemas']['SignInOptions']

/** Items asked for at a time: as many as the server gives. */
const ITEMS_PER_REQUEST = 200

export const accountKeys = {
  visitor: ['visitor'] as const,
  options: ['sign-in-options'] as const,
  devices: ['me', 'devices'] as const,
}

/** Who this browser is to the server where nobody has to be signed in: null for nobody. */
export function useVisitor() {
  const { api } = useClient()
  return useQuery<Me | null>({
    queryKey: accountKeys.visitor,
    meta: MAY_BE_ANONYMOUS,
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: () => bodyOf(api.GET('/api/v1/me')).catch(nobody),
  })
}

/** How one can sign in here. */
export function useSignInOptions() {
  const { api } = useClient()
  return useQuery({
    queryKey: accountKeys.options,
    queryFn: () => bodyOf(api.GET('/api/v1/auth/providers')),
  })
}

/** Where one is signed in, the one in use first, then the latest. */
export function useDevices() {
  const { api } = useClient()
  return useQuery({
    queryKey: accountKeys.devices,
    queryFn: async () => {
      const devices = await everyItem<Device>((cursor) => {
        const query = { limit: ITEMS_PER_REQUEST, ...(cursor === undefined ? {} : { cursor }) }
        return bodyOf(api.GET('/api/v1/me/sessions', { params: { query } }))
      })
      return devices.sort(
        (one, other) =>
          Number(other.is_current) - Number(one.is_current) || other.last_used_at.localeCompare(one.last_used_at),
      )
    },
  })
}

function nobody(error: unknown): null {
  if (error instanceof ProblemError && error.code === 'unauthorized') return null
  throw error
}
