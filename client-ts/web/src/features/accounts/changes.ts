import { bodyOf, type components } from '@gala/client'
import { useClient } from '@gala/react'
import { useMutation, useQueryClient } from '@tanstack/react-query'

import { chooseWorkspace } from '../workspaces/current'
import { dropLinkToken } from './linkToken'
import { type Me, meQuery } from './me'
import { INVITATION_PATH, RESET_PASSWORD_PATH } from './paths'
import { accountKeys } from './queries'
import { MAY_BE_ANONYMOUS, rememberPrincipal } from './session'

type UserView = components['schemas']['UserView']
type Register = components['schemas']['Register']
type SignIn = components['schemas']['SignIn']

/** Signs in with a password, by cookie. */
export function useSignIn() {
  const { api } = useClient()
  return useMutation<UserView, Error, Omit<SignIn, 'mode'>>({
    meta: MAY_BE_ANONYMOUS,
    mutationFn: async (body) => {
      const { user } = await bodyOf(api.POST('/api/v1/auth/login', { body: { ...body, mode: 'cookie' } }))
      rememberPrincipal(user.id)
      return user
    },
  })
}

/** Makes an account and signs in to it, by cookie. */
export function useRegister() {
  const { api } = useClient()
  return useMutation<UserView, Error, Omit<Register, 'mode'>>({
    meta: MAY_BE_ANONYMOUS,
    mutationFn: async (body) => {
      const { user } = await bodyOf(api.POST('/api/v1/auth/register', { body: { ...body, mode: 'cookie' } }))
      rememberPrincipal(user.id)
      return user
    },
  })
}

/** Joins the workspace of an invitation, and goes to it. */
export function useAcceptInvitation() {
  const { api } = useClient()
  return useMutation<void, Error, { token: string }>({
    mutationFn: async (body) => {
      const workspace = await bodyOf(api.POST('/api/v1/invitations/accept', { body }))
      dropLinkToken(INVITATION_PATH)
      chooseWorkspace(workspace.id)
    },
  })
}

export function useRequestPasswordReset() {
  const { api } = useClient()
  return useMutation<void, Error, { email: string }>({
    mutationFn: async (body) => {
      await api.POST('/api/v1/auth/password-reset', { body })
    },
  })
}

export function useResetPassword() {
  const { api } = useClient()
  return useMutation<void, Error, { token: string; password: string }>({
    meta: MAY_BE_ANONYMOUS,
    mutationFn: async (body) => {
      await api.POST('/api/v1/auth/password-reset/confirm', { body })
      dropLinkToken(RESET_PASSWORD_PATH)
    },
  })
}

export function useUpdateMe() {
  const { api } = useClient()
  const queries = useQueryClient()
  return useMutation<Me, Error, { name: string }>({
    mutationFn: (body) => bodyOf(api.PATCH('/api/v1/me', { body })),
    onSuccess: (me) => queries.setQueryData(meQuery(api).queryKey, me),
  })
}

export function useChangePassword() {
  const { api } = useClient()
  const queries = useQueryClient()
  return useMutation<void, Error, components['schemas']['ChangePassword']>({
    mutationFn: async (body) => {
      await api.POST('/api/v1/me/password', { body })
    },
    onSuccess: () => queries.invalidateQueries({ queryKey: meQuery(api).queryKey, exact: true }),
  })
}

/** Has the mail sent again that verifies the address. */
export function useRequestVerification() {
  const { api } = useClient()
  return useMutation<void, Error, void>({
    mutationFn: async () => {
      await api.POST('/api/v1/me/verification')
    },
  })
}

/** Signs out one device, or every one but this. */
export function useSignOutDevices() {
  const { api } = useClient()
  const queries = useQueryClient()
  return useMutation<void, Error, { device: string } | 'others'>({
    mutationFn: async (which) => {
      if (which === 'others') await api.DELETE('/api/v1/me/sessions')
      else await api.DELETE('/api/v1/me/sessions/{device}', { params: { path: which } })
    },
    onSettled: () => queries.invalidateQueries({ queryKey: accountKeys.devices }),
  })
}
