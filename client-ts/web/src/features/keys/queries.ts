import { bodyOf, type components, everyItem } from '@gala/client'
import { useClient } from '@gala/react'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'

import type { Role } from '../access/roles'

export type ApiKey = components['schemas']['ApiKeyView']
export type CreatedApiKey = components['schemas']['CreatedApiKey']
type CreateApiKey = components['schemas']['CreateApiKey']

/** Whose keys: those that act for oneself, or those of a workspace's services. */
export type KeyOwner = { kind: 'me' } | { kind: 'workspace'; workspace: string }

/** A key to be made; a role is what a service becomes in its workspace. */
export type NewKey = CreateApiKey & { role: Role }

/** Items asked for at a time: as many as the server gives. */
const ITEMS_PER_REQUEST = 200

export function useKeys(owner: KeyOwner) {
  const { api } = useClient()
  return useQuery({
    queryKey: keysOf(owner),
    queryFn: () =>
      everyItem<ApiKey>((cursor) => {
        const query = { limit: ITEMS_PER_REQUEST, ...(cursor === undefined ? {} : { cursor }) }
        if (owner.kind === 'me') return bodyOf(api.GET('/api/v1/me/api-keys', { params: { query } }))
        const params = { path: { workspace: owner.workspace }, query }
        return bodyOf(api.GET('/api/v1/workspaces/{workspace}/api-keys', { params }))
      }),
  })
}

export function useCreateKey(owner: KeyOwner) {
  const { api } = useClient()
  const queries = useQueryClient()
  return useMutation<CreatedApiKey, Error, NewKey>({
    mutationFn: ({ role, ...key }) => {
      if (owner.kind === 'me') return bodyOf(api.POST('/api/v1/me/api-keys', { body: key }))
      const params = { path: { workspace: owner.workspace } }
      return bodyOf(api.POST('/api/v1/workspaces/{workspace}/api-keys', { params, body: { ...key, role } }))
    },
    onSettled: () => queries.invalidateQueries({ queryKey: keysOf(owner) }),
  })
}

export function useRevokeKey(owner: KeyOwner) {
  const { api } = useClient()
  const queries = useQueryClient()
  return useMutation<void, Error, { key: string }>({
    mutationFn: async ({ key }) => {
      if (owner.kind === 'me') {
        await api.DELETE('/api/v1/me/api-keys/{key}', { params: { path: { key } } })
        return
      }
      const params = { path: { workspace: owner.workspace, key } }
      await api.DELETE('/api/v1/workspaces/{workspace}/api-keys/{key}', { params })
    },
    onSettled: () => queries.invalidateQueries({ queryKey: keysOf(owner) }),
  })
}

function keysOf(owner: KeyOwner) {
  return owner.kind === 'me' ? (['me', 'api-keys'] as const) : (['workspaces', owner.workspace, 'api-keys'] as const)
}
