import { PanelLeft } from 'lucide-react'
import { createContext, lazy, type ReactNode, Suspense, useContext, useEffect, useState } from 'react'

import { Dialog } from '../ui/Dialog'
import { IconButton } from '../ui/IconButton'
import { usePath } from '../ui/location'
import { Notices } from '../ui/Notices'
import { useMediaQuery } from '../ui/useMediaQuery'
import { Sidebar } from './Sidebar'

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

  return (
    <div className="flex h-full">
      {!isNarrow && (
        <aside className="flex w-66 shrink-0 flex-col border-line border-r bg-surface">
          <Sidebar onSearch={openSwitcher} />
        </aside>
      )}
      <div className="flex min-w-0 flex-1 flex-col bg-canvas">
        <DrawerContext value={isNarrow ? () => setDrawerPath(path) : undefined}>{children}</DrawerContext>
      </div>
      {isDrawerOpen && (
        <Dialog label="Pages" kind="drawer" onClose={() => setDrawerPath(undefined)}>
          <div className="flex h-full flex-col bg-surface">
            <Sidebar onSearch={openSwitcher} />
          </div>
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

/** A view: its bar at the top, and below it what scrolls. */
export function View({ bar, children }: { bar?: ReactNode; children: ReactNode }) {
  const openDrawer = useContext(DrawerContext)
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
      <main className="min-h-0 flex-1 overflow-y-auto">{children}</main>
    </>
  )
}
