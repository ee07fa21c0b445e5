import { ProblemError, type Room } from '@gala/client'
import { useClient, useRoom, useSnapshot } from '@gala/react'
import { useQueryClient } from '@tanstack/react-query'
import { lazy, Suspense, useEffect, useState } from 'react'

import { mayInRoom } from '../features/access/roles'
import { useMe } from '../features/accounts/me'
import { endSession, rememberedPrincipal } from '../features/accounts/session'
import { PageSkeleton } from '../features/editor/PageSkeleton'
import { HistoryButton } from '../features/history/HistoryButton'
import { useErasedNotice } from '../features/history/useErasedNotice'
import { Breadcrumb } from '../features/pages/Breadcrumb'
import { rememberPage } from '../features/pages/lastPage'
import { PageMenu } from '../features/pages/PageMenu'
import { pageKeys, usePage } from '../features/pages/queries'
import type { Page } from '../features/pages/tree'
import { useFollowedAccess } from '../features/pages/useFollowedAccess'
import { useLiveTitle } from '../features/pages/useLiveTitle'
import { Avatars } from '../features/presence/Avatars'
import { SaveNote } from '../features/saving/SaveNote'
import { UnsavedEdits } from '../features/saving/UnsavedEdits'
import { ShareButton } from '../features/sharing/ShareButton'
import { useGoTo } from '../features/workspaces/useGoTo'
import { ErrorBoundary } from '../ui/ErrorBoundary'
import { useSearchParam } from '../ui/location'
import { PageTrouble, type Trouble } from './PageTrouble'
import { View } from './Shell'

const HistoryView = lazy(() =>
  import('../features/history/HistoryView').then(({ HistoryView }) => ({ default: HistoryView })),
)

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
  const client = useClient()
  const { data: page, error } = usePage(id)
  const [attempt, setAttempt] = useState(0)
  const trouble = troubleOf(page, error)
  const isMissing = trouble?.kind === 'missing'
  useEffect(() => rememberPage(id), [id])
  useGoTo(page?.workspace_id)

  // What was written here and is not saved is shown, whatever has become of the page.
  const room = client.heldRoom(id)
  const holdsEdits = room?.status === 'denied' && room.saveState === 'denied'

  useEffect(() => {
    // Of what one may not see (any more) no copy is kept. Without a store there is none.
    if (isMissing && !holdsEdits) client.discard(id).catch(() => {})
  }, [client, id, isMissing, holdsEdits])

  if (trouble !== undefined && !holdsEdits) return <TroubleView trouble={trouble} />
  return <LivePage key={attempt} id={id} page={page} onStartAnew={() => setAttempt(attempt + 1)} />
}

function troubleOf(page: Page | undefined, error: Error | null): Trouble | undefined {
  if (error instanceof ProblemError && error.code === 'not_found') return { kind: 'missing' }
  return page?.trashed_at ? { kind: 'trashed', page } : undefined
}

interface LivePageProps {
  id: string
  page: Page | undefined
  /** Enters the room again, as if for the first time. */
  onStartAnew: () => void
}

/** Enters the room at once: it does not have to know more of the page than its id. */
function LivePage({ id, ...rest }: LivePageProps) {
  // A guest may be anybody, tomorrow somebody else: no copy is kept for them.
  const room = useRoom(id, { offline: rememberedPrincipal() !== undefined })
  if (room === undefined) return <LoadingView />
  // Another room under the same id has nothing in common with the one before.
  return <RoomView key={room.doc.guid} room={room} {...rest} />
}

function RoomView({ room, page, onStartAnew }: Omit<LivePageProps, 'id'> & { room: Room }) {
  const { status, saveState, isLoaded, isSynced, access, denial, reason = '' } = useSnapshot(room)
  const isDenied = status === 'denied'
  const isChecked = useCheckedPage(room.id, isDenied)
  const historyAt = useSearchParam('history')
  useErasedNotice(room)
  useLiveTitle(room.id, room.doc)
  useFollowedAccess(room.id, isSynced ? access : undefined)

  useEffect(() => {
    if (denial === 'unauthorized') endSession()
  }, [denial])

  if (isDenied && saveState !== 'denied') {
    if (!isChecked || denial === 'unauthorized') return <LoadingView />
    return <TroubleView trouble={{ kind: 'refused', reason, onRetry: onStartAnew }} />
  }
  if (status === 'offline' && !isLoaded) return <TroubleView trouble={{ kind: 'unreachable' }} />
  return (
    <View
      bar={<PageBar room={room} page={page} isPast={historyAt !== undefined} />}
      cover={
        historyAt !== undefined &&
        page !== undefined && (
          <ErrorBoundary>
            <Suspense>
              <HistoryView room={room} page={page} at={historyAt} />
            </Suspense>
          </ErrorBoundary>
        )
      }
    >
      <UnsavedEdits room={room} onDiscarded={onStartAnew} />
      <Suspense fallback={<PageSkeleton />}>
        <PageEditor room={room} access={mayInRoom(page?.access ?? 'write', 'editRoom') ? 'write' : 'read'} />
      </Suspense>
    </View>
  )
}

interface PageBarProps {
  room: Room
  page: Page | undefined
  /** The page is shown as it was. */
  isPast: boolean
}

function PageBar({ room, page, isPast }: PageBarProps) {
  const isMember = useMe().data?.kind === 'user'
  return (
    <>
      <Breadcrumb id={room.id} />
      <div className="ml-auto flex shrink-0 items-center gap-1">
        <div className="flex items-center gap-2.5 pr-1.5">
          <SaveNote room={room} />
          <Avatars room={room} />
        </div>
        {page !== undefined && mayInRoom(page.access, 'readHistory') && (
          <HistoryButton page={page.id} isOpen={isPast} />
        )}
        {page !== undefined && isMember && mayInRoom(page.access, 'shareRoom') && <ShareButton page={page} />}
        {page !== undefined && <PageMenu page={page} />}
      </div>
    </>
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
