import { bodyOf, type components, everyItem } from '@gala/client'
import { useClient } from '@gala/react'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'

import type { Access, Level } from '../access/roles'

export type Sharing = components['schemas']['SharingView']
export type Grant = components['schemas']['GrantView']
export type ShareLink = components['schemas']['ShareLinkView']

/** Items asked for at a time: as many as the server gives. */
const ITEMS_PER_REQUEST = 200

const sharingKeys = {
  sharing: (room: string) => ['sharing', room] as const,
  links: (room: string) => ['sharing', room, 'links'] as const,
}

/** Who may enter a page, beyond what the workspace says. */
export function useSharing(room: string) {
  const { api } = useClient()
  return useQuery({
    queryKey: sharingKeys.sharing(room),
    queryFn: () => bodyOf(api.GET('/api/v1/rooms/{room}/sharing', { params: { path: { room } } })),
  })
}

/** Says what all members may do on the page; null to say nothing. */
export function useSetMembersLevel(room: string) {
  const { api } = useClient()
  const queries = useQueryClient()
  return useMutation<Sharing, Error, { members: Level | null }>({
    mutationFn: (body) => bodyOf(api.PUT('/api/v1/rooms/{room}/sharing', { params: { path: { room } }, body })),
    onSuccess: (sharing) => queries.setQueryData(sharingKeys.sharing(room), sharing),
  })
}

/** Says what one member may do on the page. */
export function usePutGrant(room: string) {
  const { api } = useClient()
  const queries = useQueryClient()
  return useMutation<Grant, Error, { principal: string; level: Level }>({
    mutationFn: ({ principal, level }) => {
      const params = { path: { room, principal } }
      return bodyOf(api.PUT('/api/v1/rooms/{room}/grants/{principal}', { params, body: { level } }))
    },
    onSettled: () => queries.invalidateQueries({ queryKey: sharingKeys.sharing(room), exact: true }),
  })
}

/** Says nothing of one member on this page any more. */
export function useDeleteGrant(room: string) {
  const { api } = useClient()
  const queries = useQueryClient()
  return useMutation<void, Error, { principal: string }>({
    mutationFn: async ({ principal }) => {
      await api.DELETE('/api/v1/rooms/{room}/grants/{principal}', { params: { path: { room, principal } } })
    },
    onSettled: () => queries.invalidateQueries({ queryKey: sharingKeys.sharing(room), exact: true }),
  })
}

export function useShareLinks(room: string) {
  const { api } = useClient()
  return useQuery({
    queryKey: sharingKeys.links(room),
    queryFn: () =>
      everyItem<ShareLink>((cursor) => {
        const query = { limit: ITEMS_PER_REQUEST, ...(cursor === undefined ? {} : { cursor }) }
        return bodyOf(api.GET('/api/v1/rooms/{room}/share-links', { params: { path: { room }, query } }))
      }),
  })
}

export function useCreateShareLink(room: string) {
  const { api } = useClient()
  const queries = useQueryClient()
  return useMutation<ShareLink, Error, { access: Access; expires_at: string | null }>({
    mutationFn: (body) => bodyOf(api.POST('/api/v1/rooms/{room}/share-links', { params: { path: { room } }, body })),
    onSettled: () => queries.invalidateQueries({ queryKey: sharingKeys.links(room) }),
  })
}

export function useRevokeShareLink(room: string) {
  const { api } = useClient()
  const queries = useQueryClient()
  return useMutation<void, Error, { link: string }>({
    mutationFn: async ({ link }) => {
      await api.DELETE('/api/v1/rooms/{room}/share-links/{link}', { params: { path: { room, link } } })
    },
    onSettled: () => queries.invalidateQueries({ queryKey: sharingKeys.links(room) }),
  })
}
