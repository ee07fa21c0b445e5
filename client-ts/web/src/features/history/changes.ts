import { bodyOf, type components } from '@gala/client'
import { useClient } from '@gala/react'
import { useMutation, useQueryClient } from '@tanstack/react-query'

import { minuteOf } from '../../ui/dates'
import { notify } from '../../ui/notices'
import { pageKeys } from '../pages/queries'
import { tellFailure } from '../problems/words'
import { historyKeys } from './keys'
import { refreshPast, type Version } from './queries'

type Restored = components['schemas']['Restored']

/** Gives a point of the past a name: a new one, or another one to a version that is there. */
export function useNameVersion(room: string) {
  const { api } = useClient()
  const queries = useQueryClient()
  return useMutation<Version, Error, { seq: number; name: string; isThere: boolean }>({
    mutationFn: ({ seq, name, isThere }) =>
      isThere
        ? bodyOf(api.PATCH('/api/v1/rooms/{room}/versions/{seq}', { params: { path: { room, seq } }, body: { name } }))
        : bodyOf(api.POST('/api/v1/rooms/{room}/versions', { params: { path: { room } }, body: { name, at: seq } })),
    onSettled: () => queries.invalidateQueries({ queryKey: historyKeys.versions(room) }),
  })
}

/** Forgets that a point is a version; what was written then stays in the past. A name is said with a way back. */
export function useDeleteVersion(room: string) {
  const { api } = useClient()
  const queries = useQueryClient()
  const { mutate: nameAgain } = useNameVersion(room)
  return useMutation<void, Error, Version>({
    mutationFn: async ({ seq }) => {
      await api.DELETE('/api/v1/rooms/{room}/versions/{seq}', { params: { path: { room, seq } } })
    },
    onSuccess: (_answer, { seq, name }) => {
      if (!name) return
      const undo = () => nameAgain({ seq, name, isThere: false })
      notify({ text: `“${name}” is no version any more`, isError: false, action: { label: 'Undo', run: undo } })
    },
    onError: (error) => tellFailure('The version could not be deleted', error),
    onSettled: () => queries.invalidateQueries({ queryKey: historyKeys.versions(room) }),
  })
}

/** Makes the page say again what it said at a point; said for a while with a way back. */
export function useRestore(room: string) {
  const { api } = useClient()
  const queries = useQueryClient()
  const restore = (seq: number) =>
    bodyOf(api.POST('/api/v1/rooms/{room}/restore', { params: { path: { room } }, body: { at: seq } }))
  const refresh = () => refreshPast(queries, room)

  const undo = async ({ version }: Restored) => {
    try {
      await restore(version.seq - 1)
      notify({ text: 'The page is as it was before', isError: false })
    } catch (error) {
      if (error instanceof Error) tellFailure('This could not be undone', error)
    }
    refresh()
  }

  return useMutation<Restored, Error, { seq: number; at: string; latest: number }>({
    mutationFn: ({ seq }) => restore(seq),
    onSuccess: (restored, { at, latest }) => {
      // What said the same already was not changed, and there is nothing to be undone.
      const isChanged = restored.version.seq > latest
      const action = isChanged && { action: { label: 'Undo', run: () => undo(restored) } }
      notify({ text: `The page is as it was on ${minuteOf(at)}`, isError: false, ...action })
    },
    onError: (error) => tellFailure('The page could not be restored', error),
    onSettled: refresh,
  })
}

/**
 * Deletes for good what the page says and has ever said. The room ends with that, and whatever shows it:
 * `onErased` is called all the same.
 */
export function useErase(room: string, onErased: () => void) {
  const { api } = useClient()
  const queries = useQueryClient()
  return useMutation<void, Error, void>({
    mutationFn: async () => {
      await api.POST('/api/v1/rooms/{room}/erase', { params: { path: { room } }, body: {} })
    },
    onSuccess: () => {
      onErased()
      queries.removeQueries({ queryKey: historyKeys.room(room) })
      queries.invalidateQueries({ queryKey: pageKeys.all })
    },
  })
}
