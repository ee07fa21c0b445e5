import { UsersRound } from 'lucide-react'
import { lazy, Suspense, useState } from 'react'

import { IconButton } from '../../ui/IconButton'
import type { Page } from '../pages/tree'

const ShareDialog = lazy(() => import('./ShareDialog').then(({ ShareDialog }) => ({ default: ShareDialog })))

/** Opens who may enter a page. */
export function ShareButton({ page }: { page: Page }) {
  const [isOpen, setIsOpen] = useState(false)
  return (
    <>
      <IconButton label="Share" aria-haspopup="dialog" onClick={() => setIsOpen(true)}>
        <UsersRound className="size-4" aria-hidden />
      </IconButton>
      {isOpen && (
        <Suspense>
          <ShareDialog page={page} onClose={() => setIsOpen(false)} />
        </Suspense>
      )}
    </>
  )
}
