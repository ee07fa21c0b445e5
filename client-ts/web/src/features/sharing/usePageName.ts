import { usePageTree } from '../pages/queries'
import { pathTo, titleOf } from '../pages/tree'

/** What pages are called, as far as one may see them. */
export function usePageName(): (id: string) => string {
  const tree = usePageTree().data ?? []
  return (id) => {
    const page = pathTo(tree, id).at(-1)
    return page === undefined ? 'a page above' : `“${titleOf(page)}”`
  }
}
