import { type Api, bodyOf, everyItem } from '@gala/client'
import { useClient } from '@gala/react'
import { queryOptions, useQuery } from '@tanstack/react-query'

import { useMe } from '../accounts/me'
import { refreshEvery } from '../problems/refresh'
import { useWorkspace } from '../workspaces/queries'
import type { Page, PageNode } from './tree'

/** Milliseconds after which somebody else's new page is in the tree. */
const TREE_REFRESH_MS = 5_000
/** Milliseconds after which a page that somebody else has taken out of the trash is back. */
const TRASHED_REFRESH_MS = 2_000
/** Pages asked for at a time: as many as the server gives. */
const PAGES_PER_REQUEST = 200

export const pageKeys = {
  all: ['pages'] as const,
  trees: ['pages', 'tree'] as const,
  tree: (workspace: string) => ['pages', 'tree', workspace] as const,
  guestTree: (page: string) => ['pages', 'tree', 'of', page] as const,
  trash: (workspace: string) => ['pages', 'trash', workspace] as const,
  page: (id: string) => ['pages', 'one', id] as const,
}

/** All pages one may see that are not in the trash, refreshed while anybody looks: for a guest the one they came to. */
export function usePageTree() {
  const { api } = useClient()
  const me = useMe().data
  const guestOf = me?.guest_of ?? undefined
  const workspace = useWorkspace().data?.id
  return useQuery({
    queryKey: guestOf === undefined ? pageKeys.tree(workspace ?? '') : pageKeys.guestTree(guestOf),
    enabled: workspace !== undefined || guestOf !== undefined,
    refetchInterval: refreshEvery(TREE_REFRESH_MS),
    queryFn: () => (guestOf === undefined ? fetchPages(api, workspace ?? '', false) : fetchBelow(api, guestOf)),
  })
}

/** The pages in the trash, each with what was deleted with it. */
export function useTrash() {
  const { api } = useClient()
  const workspace = useWorkspace().data?.id
  return useQuery({
    queryKey: pageKeys.trash(workspace ?? ''),
    enabled: workspace !== undefined,
    queryFn: () => fetchPages(api, workspace ?? '', true),
  })
}

/** One page, also when it is in the trash. */
export function usePage(id: string) {
  return useQuery(pageQuery(useClient().api, id))
}

/** Asks for a page in the trash again and again while it is shown as such, for whoever uses `usePage`. */
export function useAwaitRestored(id: string): void {
  useQuery({ ...pageQuery(useClient().api, id), refetchInterval: TRASHED_REFRESH_MS })
}

function pageQuery(api: Api, id: string) {
  return queryOptions<Page>({
    queryKey: pageKeys.page(id),
    queryFn: () => bodyOf(api.GET('/api/v1/pages/{page}', { params: { path: { page: id } } })),
  })
}

function fetchPages(api: Api, workspace: string, trashed: boolean): Promise<PageNode[]> {
  return everyItem((cursor) => {
    const query = { limit: PAGES_PER_REQUEST, trashed, ...(cursor === undefined ? {} : { cursor }) }
    return bodyOf(api.GET('/api/v1/workspaces/{workspace}/pages', { params: { path: { workspace }, query } }))
  })
}

/** A page and those below it, as the only one at the top. */
async function fetchBelow(api: Api, page: string): Promise<PageNode[]> {
  return [await bodyOf(api.GET('/api/v1/pages/{page}/tree', { params: { path: { page } } }))]
}
