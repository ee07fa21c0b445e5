import { type DragEvent, useState } from 'react'

import type { PageNode, Place } from './tree'
import { useTreeControls } from './treeControls'

/** Where a dragged page would come to stand. */
export type DropEdge = 'before' | 'inside' | 'after'

/** The upper and lower part of a row that mean "before" and "after"; the rest means "inside". */
const EDGE_SHARE = 0.28

/** Lets a row take a dragged page: before it, after it, or inside it. */
export function useDropTarget(node: PageNode, parentId: string | null, nextId: string | null) {
  const controls = useTreeControls()
  const [edge, setEdge] = useState<DropEdge>()
  const mayDrop = controls.mayDropOn(node.id)

  return {
    edge: mayDrop ? edge : undefined,
    onDragOver(event: DragEvent<HTMLElement>) {
      if (!mayDrop) return
      event.preventDefault()
      event.dataTransfer.dropEffect = 'move'
      setEdge(edgeAt(event))
    },
    onDragLeave() {
      setEdge(undefined)
    },
    onDrop(event: DragEvent<HTMLElement>) {
      if (!mayDrop) return
      event.preventDefault()
      setEdge(undefined)
      controls.drop(placeAt(edgeAt(event)))
      if (edgeAt(event) === 'inside') controls.setExpanded(node.id, true)
    },
  }

  function placeAt(at: DropEdge): Place {
    switch (at) {
      case 'before':
        return { parentId, beforeId: node.id }
      case 'after':
        return { parentId, beforeId: nextId }
      case 'inside':
        return { parentId: node.id, beforeId: null }
    }
  }
}

function edgeAt(event: DragEvent<HTMLElement>): DropEdge {
  const { top, height } = event.currentTarget.getBoundingClientRect()
  const share = (event.clientY - top) / height
  if (share < EDGE_SHARE) return 'before'
  return share > 1 - EDGE_SHARE ? 'after' : 'inside'
}
