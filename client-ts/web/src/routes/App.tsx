import { FileX2 } from 'lucide-react'
import { lazy, Suspense } from 'react'

import { pageAt, TRASH_PATH } from '../features/pages/paths'
import { Button } from '../ui/Button'
import { ErrorBoundary } from '../ui/ErrorBoundary'
import { navigate, usePath } from '../ui/location'
import { Message } from '../ui/Message'
import { HomeRoute } from './HomeRoute'
import { PageRoute } from './PageRoute'
import { Shell, View } from './Shell'

const TrashView = lazy(() => import('../features/pages/TrashView').then(({ TrashView }) => ({ default: TrashView })))

/** The application. */
export function App() {
  const path = usePath()
  return (
    <Shell>
      {/* Another view is another chance. */}
      <ErrorBoundary key={path}>
        <CurrentView path={path} />
      </ErrorBoundary>
    </Shell>
  )
}

/** The view a path names. */
function CurrentView({ path }: { path: string }) {
  const pageId = pageAt(path)

  if (path === '/') return <HomeRoute />
  if (pageId !== undefined) return <PageRoute key={pageId} id={pageId} />
  if (path === TRASH_PATH) {
    return (
      <View>
        <Suspense>
          <TrashView />
        </Suspense>
      </View>
    )
  }
  return (
    <View>
      <Message
        icon={FileX2}
        title="There is nothing here"
        actions={<Button onClick={() => navigate('/')}>Go to the start</Button>}
      >
        The address may be wrong.
      </Message>
    </View>
  )
}
