import { CornerUpRight, Ellipsis, History, Link2, PencilLine, Trash2 } from 'lucide-react'
import { lazy, Suspense, useState } from 'react'

import { copyText } from '../../ui/copyText'
import { navigate, usePath } from '../../ui/location'
import { Menu, type MenuItem } from '../../ui/Menu'
import { notify } from '../../ui/notices'
import { mayInRoom } from '../access/roles'
import { useTrashPage } from './changes'
import { historyPath, pageAt, pagePath, TRASH_PATH } from './paths'
import { usePageTree } from './queries'
import { isWithin, type Page, type PageNode, pathTo, titleOf } from './tree'

const MoveDialog = lazy(() => import('./MoveDialog').then(({ MoveDialog }) => ({ default: MoveDialog })))

interface PageMenuProps {
  page: Page
  /** Left out where the title itself can be written in. */
  onRename?: () => void
  className?: string
  tabIndex?: number
}

/** What can be done with a page as a whole. */
export function PageMenu({ page, onRename, ...button }: PageMenuProps) {
  const [isMoving, setIsMoving] = useState(false)
  const path = usePath()
  const tree = usePageTree().data ?? []
  const trash = useTrashPage()

  const remove = () => {
    const openId = pageAt(path)
    if (openId !== undefined && isWithin(tree, page.id, openId)) navigate(pathWithout(tree, page))
    trash.mutate({ page })
  }

  const mayArrange = mayInRoom(page.access, 'arrangePage')
  const items: (MenuItem | false)[] = [
    mayArrange && onRename !== undefined && { label: 'Rename', icon: PencilLine, onSelect: onRename },
    mayArrange && { label: 'Move to…', icon: CornerUpRight, onSelect: () => setIsMoving(true) },
    mayInRoom(page.access, 'readHistory') && {
      label: 'History',
      icon: History,
      onSelect: () => navigate(historyPath(page.id)),
    },
    { label: 'Copy link', icon: Link2, onSelect: () => copyLink(page) },
    mayArrange && { label: 'Delete', icon: Trash2, onSelect: remove, isDangerous: true },
  ]

  return (
    <>
      <Menu label={`More about ${titleOf(page)}`} items={items.filter((item) => item !== false)} {...button}>
        <Ellipsis className="size-4" aria-hidden />
      </Menu>
      {isMoving && (
        <Suspense>
          <MoveDialog page={page} onClose={() => setIsMoving(false)} />
        </Suspense>
      )}
    </>
  )
}

/** Where to go when the open page is deleted: up, or to the first page that is left. */
function pathWithout(tree: readonly PageNode[], page: Page): string {
  const nextId = pathTo(tree, page.id).at(-2)?.id ?? tree.find(({ id }) => id !== page.id)?.id
  return nextId === undefined ? TRASH_PATH : pagePath(nextId)
}

async function copyLink(page: Page): Promise<void> {
  if (await copyText(location.origin + pagePath(page.id))) notify({ text: 'Link copied', isError: false })
}
