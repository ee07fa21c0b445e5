import { FileText } from 'lucide-react'
import { useMemo, useState } from 'react'

import { Button } from '../../ui/Button'
import { Skeleton } from '../../ui/Skeleton'
import { useStored } from '../../ui/useStored'
import { mayInRoom } from '../access/roles'
import { useMovePage } from './changes'
import { PageList } from './PageList'
import { usePageTree } from './queries'
import { type PageNode, type Place, pathTo } from './tree'
import { PageTreeContext, type TreeControls } from './treeControls'

/** The pages of the workspace, as nested lists that open and close. */
export function PageTree({ currentId }: { currentId: string | undefined }) {
  const { data: tree, error, refetch } = usePageTree()
  const controls = useTreeControls(tree ?? [], currentId)

  if (tree === undefined) {
    if (error !== null) return <TreeFailure onRetry={() => refetch()} />
    return <Skeleton widths={[70, 55, 62, 40]} className="px-3 py-2" />
  }
  if (tree.length === 0) return <p className="px-3 py-2 text-ink-faint text-sm">No pages yet.</p>
  return (
    <PageTreeContext value={controls}>
      <PageList nodes={tree} level={0} parentId={null} />
    </PageTreeContext>
  )
}

function TreeFailure({ onRetry }: { onRetry: () => void }) {
  return (
    <div className="flex flex-col items-start gap-3 px-3 py-2 text-ink-faint text-sm">
      <p className="flex items-center gap-2">
        <FileText className="size-4" aria-hidden />
        The pages cannot be loaded. The server does not answer.
      </p>
      <Button onClick={onRetry}>Try again</Button>
    </div>
  )
}

function useTreeControls(tree: readonly PageNode[], currentId: string | undefined): TreeControls {
  const [expanded, setExpanded] = useStored<string[]>('gala:expanded', [], isStrings)
  const [draggedId, setDraggedId] = useState<string>()
  const { mutate: move } = useMovePage()

  return useMemo(() => {
    const aboveCurrent = currentId === undefined ? [] : pathTo(tree, currentId).slice(0, -1)
    const openIds = new Set([...expanded, ...aboveCurrent.map((page) => page.id)])
    return {
      currentId,
      draggedId,
      isExpanded: (id) => openIds.has(id),
      setExpanded: (id, isOpen) => setExpanded(isOpen ? [...expanded, id] : expanded.filter((other) => other !== id)),
      drag: setDraggedId,
      mayDropOn: (id) => {
        const above = pathTo(tree, id)
        const isUnderItself = above.some((page) => page.id === draggedId)
        return draggedId !== undefined && !isUnderItself && mayInRoom(above.at(-1)?.access, 'arrangePage')
      },
      drop: (place: Place) => {
        const page = draggedId === undefined ? undefined : pathTo(tree, draggedId).at(-1)
        setDraggedId(undefined)
        if (page !== undefined) move({ page, place })
      },
    }
  }, [tree, currentId, expanded, setExpanded, draggedId, move])
}

function isStrings(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string')
}
