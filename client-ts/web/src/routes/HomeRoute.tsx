import { ServerOff } from 'lucide-react'
import { lazy, Suspense, useEffect } from 'react'

import { useMe } from '../features/accounts/me'
import { PageSkeleton } from '../features/editor/PageSkeleton'
import { lastPage } from '../features/pages/lastPage'
import { pagePath } from '../features/pages/paths'
import { usePageTree } from '../features/pages/queries'
import { pathTo } from '../features/pages/tree'
import { useWorkspace } from '../features/workspaces/queries'
import { Button } from '../ui/Button'
import { navigate } from '../ui/location'
import { Message } from '../ui/Message'
import { View } from './Shell'

const EmptyHome = lazy(() => import('./EmptyHome').then(({ EmptyHome }) => ({ default: EmptyHome })))

/** Goes to the page that was open last, or to the first one; invites to write one where there is none. */
export function HomeRoute() {
  const me = useMe().data
  const workspace = useWorkspace()
  const { data: tree, error } = usePageTree()
  const failure = workspace.error ?? error

  const last = tree && pathTo(tree, lastPage() ?? '').at(-1)
  const target = me?.guest_of ?? last?.id ?? tree?.[0]?.id

  useEffect(() => {
    if (target !== undefined) navigate(pagePath(target), { replace: true })
  }, [target])

  if (tree === undefined && failure !== null) return <Unanswered onRetry={() => workspace.refetch()} />
  const isOutside = workspace.isSuccess && workspace.data === undefined && me?.kind === 'user'
  const isEmpty = isOutside || (tree !== undefined && target === undefined)
  return (
    <View>
      <Suspense fallback={<PageSkeleton />}>
        {isEmpty ? <EmptyHome role={workspace.data?.role} /> : <PageSkeleton />}
      </Suspense>
    </View>
  )
}

function Unanswered({ onRetry }: { onRetry: () => void }) {
  return (
    <View>
      <Message
        icon={ServerOff}
        title="The server does not answer"
        actions={<Button onClick={onRetry}>Try again</Button>}
      >
        Nothing is lost. This page comes back by itself when the server does.
      </Message>
    </View>
  )
}
