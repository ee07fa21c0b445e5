import { History } from 'lucide-react'

import { IconButton } from '../../ui/IconButton'
import { navigate } from '../../ui/location'
import { historyPath, pagePath } from '../pages/paths'

/** Opens and closes the past of a page. Where it is narrow, the menu of the page has the same. */
export function HistoryButton({ page, isOpen }: { page: string; isOpen: boolean }) {
  return (
    <IconButton
      label="History"
      aria-pressed={isOpen}
      className="max-md:hidden"
      onClick={() => navigate(isOpen ? pagePath(page) : historyPath(page))}
    >
      <History className="size-4" aria-hidden />
    </IconButton>
  )
}
