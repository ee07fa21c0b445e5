import { bodyOf, type components, everyItem } from '@gala/client'
import { useClient } from '@gala/react'
import { useQuery } from '@tanstack/react-query'

import { pageOf, workspaceKeys } from './queries'

export type Member = components['schemas']['MemberView']
export type Invitation = components['schemas']['InvitationView']

export function useMembers(workspace: string) {
  const { api } = useClient()
  return useQuery({
    queryKey: workspaceKeys.members(workspace),
    queryFn: () =>
      everyItem<Member>((cursor) => {
        const params = { path: { workspace }, query: pageOf(cursor) }
        return bodyOf(api.GET('/api/v1/workspaces/{workspace}/members', { params }))
      }),
  })
}

export function useInvitations(workspace: string) {
  const { api } = useClient()
  return useQuery({
    queryKey: workspaceKeys.invitations(workspace),
    queryFn: () =>
      everyItem<Invitation>((cursor) => {
        const params = { path: { workspace }, query: pageOf(cursor) }
        return bodyOf(api.GET('/api/v1/workspaces/{workspace}/invitations', { params }))
      }),
  })
}
