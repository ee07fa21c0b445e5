import { bodyOf, type components } from '@gala/client'
import { useClient } from '@gala/react'
import { useMutation, useQueryClient } from '@tanstack/react-query'

import type { Role } from '../access/roles'
import { chooseWorkspace } from './current'
import type { Invitation, Member } from './members'
import { type Workspace, workspaceKeys } from './queries'

type CreateInvitation = components['schemas']['CreateInvitation']

/** Makes a workspace, of which one becomes the owner, and goes to it. */
export function useCreateWorkspace() {
  const { api } = useClient()
  const queries = useQueryClient()
  return useMutation<Workspace, Error, { name: string }>({
    mutationFn: (body) => bodyOf(api.POST('/api/v1/workspaces', { body })),
    onSuccess: (workspace) => {
      queries.setQueryData<Workspace[]>(workspaceKeys.all, (all) => [...(all ?? []), workspace])
      chooseWorkspace(workspace.id)
    },
  })
}

export function useRenameWorkspace() {
  const { api } = useClient()
  const queries = useQueryClient()
  return useMutation<Workspace, Error, { workspace: string; name: string }>({
    mutationFn: ({ workspace, name }) =>
      bodyOf(api.PATCH('/api/v1/workspaces/{workspace}', { params: { path: { workspace } }, body: { name } })),
    onSuccess: (renamed) =>
      queries.setQueryData<Workspace[]>(workspaceKeys.all, (all) =>
        all?.map((workspace) => (workspace.id === renamed.id ? renamed : workspace)),
      ),
  })
}

export function useDeleteWorkspace() {
  const { api } = useClient()
  const without = useWithout()
  return useMutation<void, Error, { workspace: string }>({
    mutationFn: async ({ workspace }) => {
      await api.DELETE('/api/v1/workspaces/{workspace}', { params: { path: { workspace } } })
    },
    onSuccess: (_nothing, { workspace }) => without(workspace),
  })
}

export function useChangeRole(workspace: string) {
  const { api } = useClient()
  const queries = useQueryClient()
  return useMutation<Member, Error, { member: Member; role: Role }>({
    mutationFn: ({ member, role }) => {
      const params = { path: { workspace, principal: member.id } }
      return bodyOf(api.PATCH('/api/v1/workspaces/{workspace}/members/{principal}', { params, body: { role } }))
    },
    // Also one's own role may be another one now.
    onSettled: () => queries.invalidateQueries({ queryKey: workspaceKeys.all }),
  })
}

export function useRemoveMember(workspace: string) {
  const { api } = useClient()
  const queries = useQueryClient()
  return useMutation<void, Error, { member: Member }>({
    mutationFn: async ({ member }) => {
      const params = { path: { workspace, principal: member.id } }
      await api.DELETE('/api/v1/workspaces/{workspace}/members/{principal}', { params })
    },
    onSettled: () => queries.invalidateQueries({ queryKey: workspaceKeys.members(workspace) }),
  })
}

/** Takes oneself out of the workspace. */
export function useLeaveWorkspace(workspace: string) {
  const { api } = useClient()
  const without = useWithout()
  return useMutation<void, Error, { me: string }>({
    mutationFn: async ({ me }) => {
      const params = { path: { workspace, principal: me } }
      await api.DELETE('/api/v1/workspaces/{workspace}/members/{principal}', { params })
    },
    onSuccess: () => without(workspace),
  })
}

export function useInvite(workspace: string) {
  const { api } = useClient()
  const queries = useQueryClient()
  return useMutation<Invitation, Error, Pick<CreateInvitation, 'role' | 'email'>>({
    mutationFn: (body) => {
      const params = { path: { workspace } }
      const whole = { ...body, expires_in_s: null }
      return bodyOf(api.POST('/api/v1/workspaces/{workspace}/invitations', { params, body: whole }))
    },
    onSettled: () => queries.invalidateQueries({ queryKey: workspaceKeys.invitations(workspace) }),
  })
}

export function useRevokeInvitation(workspace: string) {
  const { api } = useClient()
  const queries = useQueryClient()
  return useMutation<void, Error, { invitation: string }>({
    mutationFn: async ({ invitation }) => {
      const params = { path: { workspace, invitation } }
      await api.DELETE('/api/v1/workspaces/{workspace}/invitations/{invitation}', { params })
    },
    onSettled: () => queries.invalidateQueries({ queryKey: workspaceKeys.invitations(workspace) }),
  })
}

/** Shows the workspaces without one that is no longer one's own. */
function useWithout() {
  const queries = useQueryClient()
  return (workspace: string) => {
    queries.setQueryData<Workspace[]>(workspaceKeys.all, (all) => all?.filter(({ id }) => id !== workspace))
    queries.removeQueries({ queryKey: ['workspaces', workspace] })
  }
}
