import { bodyOf, type components, everyItem, ProblemError, type Room } from '@gala/client'
import { useClient } from '@gala/react'
import { keepPreviousData, type QueryClient, useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect } from 'react'

import { refreshEvery } from '../problems/refresh'
import { historyKeys } from './keys'

export type EditRun = components['schemas']['EditRun']
export type Version = components['schemas']['VersionView']
export type Moment = components['schemas']['Moment']
export type Difference = components['schemas']['HistoryDiff']
export type Author = components['schemas']['Principal']
export type ContentNode = components['schemas']['Node']

/** Runs of edits asked for at a time. */
const RUNS_PER_REQUEST = 100
/** Versions asked for at a time: as many as the server gives. */
const VERSIONS_PER_REQUEST = 200
/** Milliseconds after which a version that somebody else has named is seen. */
const VERSIONS_REFRESH_MS = 10_000
/** Milliseconds between the first of some new edits and the question what they were. */
const EDITS_REFRESH_MS = 1_500
/** Milliseconds a point of the past is kept after it was looked at. */
const MOMENT_KEPT_MS = 60_000

/** Who has written when, the latest first, as far back as was asked for. */
export function useEdits(room: string) {
  const { api } = useClient()
  return useInfiniteQuery({
    queryKey: historyKeys.edits(room),
    queryFn: ({ pageParam }) => {
      const query = { limit: RUNS_PER_REQUEST, ...(pageParam === '' ? {} : { cursor: pageParam }) }
      return bodyOf(api.GET('/api/v1/rooms/{room}/history/edits', { params: { path: { room }, query } }))
    },
    initialPageParam: '',
    getNextPageParam: ({ next_cursor }) => next_cursor,
  })
}

export function useVersions(room: string) {
  const { api } = useClient()
  return useQuery({
    queryKey: historyKeys.versions(room),
    refetchInterval: refreshEvery(VERSIONS_REFRESH_MS),
    queryFn: () =>
      everyItem<Version>((cursor) => {
        const query = { limit: VERSIONS_PER_REQUEST, ...(cursor === undefined ? {} : { cursor }) }
        return bodyOf(api.GET('/api/v1/rooms/{room}/versions', { params: { path: { room }, query } }))
      }),
  })
}

/** What the room said at a position. It never says anything else there, so it is asked once. */
export function useMoment(room: string, seq: number | undefined) {
  const { api } = useClient()
  return useQuery({
    queryKey: historyKeys.moment(room, seq ?? 0),
    enabled: seq !== undefined,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: MOMENT_KEPT_MS,
    placeholderData: keepPreviousData,
    queryFn: async () => {
      const params = { path: { room }, query: { at: String(seq) } }
      const headers = { accept: 'application/json' }
      const moment = await bodyOf(api.GET('/api/v1/rooms/{room}/history', { params, headers }))
      if (typeof moment === 'string') throw new ProblemError('malformed', 200, 'the answer is not JSON')
      return moment
    },
  })
}

/** What changed between two positions. */
export function useDifference(room: string, between: { from: number; to: number } | undefined) {
  const { api } = useClient()
  const { from, to } = between ?? { from: 0, to: 0 }
  return useQuery({
    queryKey: historyKeys.difference(room, from, to),
    enabled: between !== undefined,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: MOMENT_KEPT_MS,
    placeholderData: keepPreviousData,
    queryFn: () => {
      const query = { from: String(from), to: String(to) }
      return bodyOf(api.GET('/api/v1/rooms/{room}/history/diff', { params: { path: { room }, query } }))
    },
  })
}

/** Asks what is new. What was said earlier stays what it was. */
export function refreshPast(queries: QueryClient, room: string): void {
  queries.invalidateQueries({ queryKey: historyKeys.edits(room) })
  queries.invalidateQueries({ queryKey: historyKeys.versions(room) })
}

/** Asks what is new once the room has changed, and not after every letter. */
export function useNewEdits(room: Room): void {
  const queries = useQueryClient()
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined
    const ask = () => {
      timer = undefined
      refreshPast(queries, room.id)
    }
    const changed = () => {
      timer ??= setTimeout(ask, EDITS_REFRESH_MS)
    }
    room.doc.on('update', changed)
    return () => {
      room.doc.off('update', changed)
      clearTimeout(timer)
    }
  }, [room, queries])
}
