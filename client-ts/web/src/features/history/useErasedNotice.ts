import type { Room } from '@gala/client'
import { useQueryClient } from '@tanstack/react-query'
import { useEffect } from 'react'

import { notify } from '../../ui/notices'
import { historyKeys } from './keys'

/** Tells whoever has a page open that its content was erased, and forgets what is known of its past. */
export function useErasedNotice(room: Room): void {
  const queries = useQueryClient()
  useEffect(
    () =>
      room.on('snapshot', ({ denial }) => {
        if (denial !== 'erased') return
        queries.removeQueries({ queryKey: historyKeys.room(room.id) })
        notify({ text: 'The content of this page was erased for good', isError: false })
      }),
    [room, queries],
  )
}
