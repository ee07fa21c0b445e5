import { useQueryClient } from '@tanstack/react-query'
import { useEffect } from 'react'
import type * as Y from 'yjs'

import { pageKeys } from './queries'
import { type PageNode, renamed, titleOf } from './tree'

/** Shows the title of an open page in the tree and in the tab as it is typed, not when the tree is next fetched. */
export function useLiveTitle(id: string, doc: Y.Doc): void {
  const queries = useQueryClient()

  useEffect(() => {
    const text = doc.getText('title')
    const show = () => {
      const title = text.toString()
      document.title = `${titleOf({ title })} – Gala`
      const filters = { queryKey: pageKeys.trees }
      queries.setQueriesData<PageNode[]>(filters, (tree) => tree && renamed(tree, id, title))
    }
    // Before anything has arrived an empty title says nothing.
    if (text.length > 0) show()
    text.observe(show)
    return () => {
      text.unobserve(show)
      document.title = 'Gala'
    }
  }, [id, doc, queries])
}
