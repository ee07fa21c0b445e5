import { PanelLeft } from 'lucide-react'
import { createContext, lazy, type ReactNode, Suspense, useContext, useEffect, useState } from 'react'

import { useMe } from '../features/accounts/me'
import { usePageTree } from '../features/pages/queries'
import { Dialog } from '../ui/Dialog'
import { IconButton } from '../ui/IconButton'
import { usePath } from '../ui/location'
import { Notices } from '../ui/Notices'
import { useMediaQuery } from '../ui/useMediaQuery'
import { GuestSidebar, Sidebar } from './Sidebar'

const QuickSwitcher = lazy(() =>
  import('../features/pages/QuickSwitcher').then(({ QuickSwitcher }) => ({ default: QuickSwitcher })),
)

/** Opens the drawer with the pages; undefined where they are beside the view anyway. */
const DrawerContext = createContext<(() => void) | undefined>(undefined)

/** The frame of the application: the pages on the left (in a drawer where it is narrow), the view on the right. */
export function Shell({ children }: { children: ReactNode }) {
  const path = usePath()
  const isNarrow = useMediaQuery('(max-width: 767px)')
  // The drawer belongs to the path it was opened on: a new page, for instance, closes it.
  const [drawerPath, setDrawerPath] = useState<string>()
  const [isSwitching, setIsSwitching] = useState(false)
  const side = useSide()
  const isDrawerOpen = isNarrow && drawerPath === path

  useEffect(() => {
    const open = (event: KeyboardEvent) => {
      if (!(event.metaKey || event.ctrlKey) || event.key.toLowerCase() !== 'k') return
      event.preventDefault()
      setIsSwitching(true)
    }
    window.addEventListener('keydown', open)
    return () => window.removeEventListener('keydown', open)
  }, [])

  const openSwitcher = () => {
    setDrawerPath(undefined)
    setIsSwitching(true)
  }

  const sidebar = side === 'guest' ? <GuestSidebar /> : <Sidebar onSearch={openSwitcher} />

  return (
    <div className="flex h-full">
      {!isNarrow && side !== 'none' && (
        <aside className="flex w-66 shrink-0 flex-col border-line border-r bg-surface">{sidebar}</aside>
      )}
      <div className="flex min-w-0 flex-1 flex-col bg-canvas">
        <DrawerContext value={isNarrow && side !== 'none' ? () => setDrawerPath(path) : undefined}>
          {children}
        </DrawerContext>
      </div>
      {isDrawerOpen && (
        <Dialog label="Pages" kind="drawer" onClose={() => setDrawerPath(undefined)}>
          <div className="flex h-full flex-col bg-surface">{sidebar}</div>
        </Dialog>
      )}
      {isSwitching && (
        <Suspense>
          <QuickSwitcher onClose={() => setIsSwitching(false)} />
        </Suspense>
      )}
      <Notices />
    </div>
  )
}

/** What stands beside the views: for a guest only the pages below the one they came to, if there are any. */
function useSide(): 'member' | 'guest' | 'none' {
  const isGuest = useMe().data?.kind === 'guest'
  const tree = usePageTree().data ?? []
  if (!isGuest) return 'member'
  return tree.length > 1 || tree.some(({ children }) => children.length > 0) ? 'guest' : 'none'
}

interface ViewProps {
  bar?: ReactNode
  /** Lies over what is below the bar, which stays as it is and is out of reach meanwhile. */
  cover?: ReactNode
  children: ReactNode
}

/** A view: its bar at the top, and below it what scrolls. */
export function View({ bar, cover, children }: ViewProps) {
  const openDrawer = useContext(DrawerContext)
  const isCovered = cover !== undefined && cover !== false
  return (
    <>
      <header className="flex min-h-12 shrink-0 items-center gap-2 px-2 md:px-3">
        {openDrawer !== undefined && (
          <IconButton label="Pages" className="size-11" onClick={openDrawer}>
            <PanelLeft className="size-5" aria-hidden />
          </IconButton>
        )}
        {bar}
      </header>
      <div className="relative flex min-h-0 flex-1 flex-col">
        <main inert={isCovered} className="min-h-0 flex-1 overflow-y-auto">
          {children}
        </main>
        {isCovered && <div className="absolute inset-0 z-1 flex flex-col bg-canvas">{cover}</div>}
      </div>
    </>
  )
}
