import { createContext, useContext } from 'react'

import type { Place } from './tree'

/** What every row of the tree can ask and do. */
export interface TreeControls {
  currentId: string | undefined
  draggedId: string | undefined
  isExpanded(id: string): boolean
  setExpanded(id: string, isOpen: boolean): void
  drag(id: string | undefined): void
  /** Not on the page that is dragged, not below it, and only where one may write. */
  mayDropOn(id: string): boolean
  drop(place: Place): void
}

export const PageTreeContext = createContext<TreeControls | undefined>(undefined)

export function useTreeControls(): TreeControls {
  const controls = useContext(PageTreeContext)
  if (controls === undefined) throw new Error('a row stands outside the tree')
  return controls
}
