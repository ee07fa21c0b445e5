import { ProblemError, type Room } from '@gala/client'
import { useRoom, useSnapshot } from '@gala/react'
import { useQueryClient } from '@tanstack/react-query'
import { lazy, Suspense, useEffect, useState } from 'react'

import { PageSkeleton } from '../features/editor/PageSkeleton'
import { Breadcrumb } from '../features/pages/Breadcrumb'
import { rememberPage } from '../features/pages/lastPage'
import { PageMenu } from '../features/pages/PageMenu'
import { pageKeys, usePage } from '../features/pages/queries'
import type { Page } from '../features/pages/tree'
import { useLiveTitle } from '../features/pages/useLiveTitle'
import { Avatars } from '../features/presence/Avatars'
import { SaveNote } from '../features/saving/SaveNote'
import { PageTrouble, RefusedEdits, type Trouble } from './PageTrouble'
import { View } from './Shell'

// Most of the code of the application is the editor; the rest does not wait for it.
const loadEditor = () => import('../features/editor/PageEditor')
const PageEditor = lazy(() => loadEditor().then(({ PageEditor }) => ({ default: PageEditor })))

/** Fetches the editor before it is needed. */
export function prepareEditor(): void {
  // If it cannot be fetched, the page that needs it will say so.
  loadEditor().catch(() => {})
}

/** One page, or why it cannot be shown. */
export function PageRoute({ id }: { id: string }) {
  const { data: page, error } = usePage(id)
  useEffect(() => rememberPage(id), [id])

  if (error instanceof ProblemError && error.code === 'not_found') return <TroubleView trouble={{ kind: 'missing' }} />
  if (page?.trashed_at) return <TroubleView trouble={{ kind: 'trashed', page }} />
  return <LivePage id={id} page={page} />
}

/** Enters the room at once: it does not have to know more of the page than its id. */
function LivePage({ id, page }: { id: string; page: Page | undefined }) {
  const room = useRoom(id, { offline: true })
  if (room === undefined) return <LoadingView />
  return <RoomView room={room} page={page} />
}

function RoomView({ room, page }: { room: Room; page: Page | undefined }) {
  const { status, saveState, isLoaded, reason = '' } = useSnapshot(room)
  const isDenied = status === 'denied'
  const hasRefusedEdits = isDenied && saveState === 'denied'
  const isChecked = useCheckedPage(room.id, isDenied)
  useLiveTitle(room.id, room.doc)

  if (isDenied && !isChecked) return <LoadingView />
  if (isDenied && !hasRefusedEdits) return <TroubleView trouble={{ kind: 'refused', reason }} />
  if (status === 'offline' && !isLoaded) return <TroubleView trouble={{ kind: 'unreachable' }} />

  const bar = (
    <>
      <Breadcrumb id={room.id} />
      <div className="ml-auto flex shrink-0 items-center gap-2.5">
        <SaveNote room={room} />
        <Avatars room={room} />
        {page !== undefined && <PageMenu page={page} />}
      </div>
    </>
  )
  return (
    <View bar={bar}>
      {hasRefusedEdits && <RefusedEdits reason={reason} />}
      <Suspense fallback={<PageSkeleton />}>
        <PageEditor room={room} />
      </Suspense>
    </View>
  )
}

/**
 * Whoever is denied a room may have had the page deleted under them: asks for the page again, and
 * answers with true once that has told nothing better.
 */
function useCheckedPage(id: string, isDenied: boolean): boolean {
  const queries = useQueryClient()
  const [isChecked, setIsChecked] = useState(false)

  useEffect(() => {
    if (!isDenied) return
    queries.invalidateQueries({ queryKey: pageKeys.page(id) }).then(() => setIsChecked(true))
  }, [isDenied, queries, id])

  return isChecked
}

function TroubleView({ trouble }: { trouble: Trouble }) {
  return (
    <View>
      <PageTrouble trouble={trouble} />
    </View>
  )
}

function LoadingView() {
  return (
    <View>
      <PageSkeleton />
    </View>
  )
}
