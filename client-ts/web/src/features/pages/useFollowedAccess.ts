import type { RoomAccess } from '@gala/client'
import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useRef } from 'react'

import { workspaceKeys } from '../workspaces/queries'
import { pageKeys } from './queries'

/** What one may do in an open room is told at once; what is said elsewhere of the page is then asked again. */
export function useFollowedAccess(id: string, access: RoomAccess | undefined): void {
  const queries = useQueryClient()
  const known = useRef<RoomAccess>(undefined)

  useEffect(() => {
    const isChange = known.current !== undefined && access !== undefined && known.current !== access
    known.current = access ?? known.current
    if (!isChange) return
    queries.invalidateQueries({ queryKey: pageKeys.page(id) })
    queries.invalidateQueries({ queryKey: pageKeys.trees })
    queries.invalidateQueries({ queryKey: workspaceKeys.all, exact: true })
  }, [id, access, queries])
}
