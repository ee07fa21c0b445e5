import { bodyOf, type components } from '@gala/client'
import { useClient } from '@gala/react'
import { useInfiniteQuery } from '@tanstack/react-query'

export type AuditEvent = components['schemas']['AuditEvent']

/** Events shown at a time. */
const EVENTS_PER_REQUEST = 50

/** What has happened in the workspace, the latest first, as far back as was asked for. */
export function useAudit(workspace: string) {
  const { api } = useClient()
  return useInfiniteQuery({
    queryKey: ['workspaces', workspace, 'audit'],
    queryFn: ({ pageParam }) => {
      const query = { limit: EVENTS_PER_REQUEST, ...(pageParam === '' ? {} : { cursor: pageParam }) }
      return bodyOf(api.GET('/api/v1/workspaces/{workspace}/audit', { params: { path: { workspace }, query } }))
    },
    initialPageParam: '',
    getNextPageParam: ({ next_cursor }) => next_cursor,
  })
}
