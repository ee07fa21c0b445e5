import { FileText } from 'lucide-react'

import { Dialog } from '../../ui/Dialog'
import { fuzzySearch } from '../../ui/fuzzy'
import { navigate } from '../../ui/location'
import { Picker } from '../../ui/Picker'
import { pagePath } from './paths'
import { usePageTree } from './queries'
import { flatten, titleOf } from './tree'

/** Rows shown at most; whoever wants another one types more. */
const MOST_ROWS = 50

/** Goes to any page by a few letters of its title. */
export function QuickSwitcher({ onClose }: { onClose: () => void }) {
  const tree = usePageTree().data ?? []
  const pages = flatten(tree)

  return (
    <Dialog label="Go to a page" onClose={onClose}>
      <Picker
        placeholder="Go to a page…"
        empty="No page has such a title."
        search={(query) =>
          fuzzySearch(query, pages, ({ page }) => [titleOf(page)])
            .slice(0, MOST_ROWS)
            .map(({ page, above }) => ({
              id: page.id,
              label: titleOf(page),
              hint: above.join(' / '),
              icon: <FileText className="size-4 shrink-0 text-ink-faint" aria-hidden />,
            }))
        }
        onPick={({ id }) => {
          onClose()
          navigate(pagePath(id))
        }}
      />
    </Dialog>
  )
}
