import { useClient } from '@gala/react'
import { FileX2 } from 'lucide-react'
import { lazy, Suspense, useEffect } from 'react'

import { useMe } from '../features/accounts/me'
import { isAccountPath, signInPath } from '../features/accounts/paths'
import { useHasEnded } from '../features/accounts/session'
import { useOwnCopies } from '../features/accounts/useOwnCopies'
import { pageAt, TRASH_PATH } from '../features/pages/paths'
import { Button } from '../ui/Button'
import { ErrorBoundary } from '../ui/ErrorBoundary'
import { navigate, usePath } from '../ui/location'
import { Message } from '../ui/Message'
import { HomeRoute } from './HomeRoute'
import { PageRoute } from './PageRoute'
import { Shell, View } from './Shell'
import { SETTINGS_PREFIX } from './settingsPaths'

const AccountsArea = lazy(() => import('./AccountsArea').then(({ AccountsArea }) => ({ default: AccountsArea })))
const SettingsArea = lazy(() => import('./SettingsArea').then(({ SettingsArea }) => ({ default: SettingsArea })))
const TrashView = lazy(() => import('../features/pages/TrashView').then(({ TrashView }) => ({ default: TrashView })))

/** The application. */
export function App() {
  const path = usePath()
  if (isAccountPath(path)) {
    return (
      <ErrorBoundary key={path}>
        <Suspense>
          <AccountsArea path={path} />
        </Suspense>
      </ErrorBoundary>
    )
  }
  return <Inside path={path} />
}

/** What people see who are in. */
function Inside({ path }: { path: string }) {
  const isOut = useIsOut(path)
  useOwnCopies()

  if (isOut) return null
  return (
    <Shell>
      {/* Another view is another chance. */}
      <ErrorBoundary key={path}>
        <CurrentView path={path} />
      </ErrorBoundary>
    </Shell>
  )
}

/**
 * Whoever is not signed in, or no longer, is led to where one can sign in and come back from. A page
 * with edits that are not saved stays: it says so itself.
 */
function useIsOut(path: string): boolean {
  const client = useClient()
  const wasGuest = useMe().data?.kind === 'guest'
  const hasEnded = useHasEnded()
  const isOut = hasEnded && client.heldRoom(pageAt(path) ?? '')?.saved !== false

  useEffect(() => {
    if (isOut) navigate(signInPath(path, wasGuest ? 'link_ended' : undefined), { replace: true })
  }, [isOut, path, wasGuest])

  return isOut
}

/** The view a path names. */
function CurrentView({ path }: { path: string }) {
  const pageId = pageAt(path)

  if (path === '/') return <HomeRoute />
  if (pageId !== undefined) return <PageRoute key={pageId} id={pageId} />
  if (path.startsWith(SETTINGS_PREFIX)) {
    return (
      <View>
        <Suspense>
          <SettingsArea path={path} />
        </Suspense>
      </View>
    )
  }
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
      <NothingHere />
    </View>
  )
}

function NothingHere() {
  return (
    <Message
      icon={FileX2}
      title="There is nothing here"
      actions={<Button onClick={() => navigate('/')}>Go to the start</Button>}
    >
      The address may be wrong.
    </Message>
  )
}
