import { type Api, bodyOf, ProblemError } from '@gala/client'
import { useClient } from '@gala/react'
import { queryOptions, useQuery } from '@tanstack/react-query'

import type { Page, PageNode } from './tree'

/** Milliseconds after which somebody else's new page is in the tree. */
const TREE_REFRESH_MS = 5_000
/** Milliseconds after which a page that somebody else has taken out of the trash is back. */
const TRASHED_REFRESH_MS = 2_000
/** Pages asked for at a time: as many as the server gives. */
const PAGES_PER_REQUEST = 200

export const pageKeys = {
  workspace: ['workspace'] as const,
  tree: ['pages', 'tree'] as const,
  trash: ['pages', 'trash'] as const,
  page: (id: string) => ['pages', 'one', id] as const,
}

/** The workspace all pages are in. */
export function workspaceQuery(api: Api) {
  return queryOptions({
    queryKey: pageKeys.workspace,
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: async () => {
      const { items } = await bodyOf(api.GET('/api/v1/workspaces', { params: { query: { limit: 1 } } }))
      const [workspace] = items
      if (workspace === undefined) throw new ProblemError('not_found', 404, 'there is no workspace yet')
      return workspace
    },
  })
}

export function useWorkspace() {
  return useQuery(workspaceQuery(useClient().api))
}

/** All pages that are not in the trash, refreshed while anybody looks. */
export function usePageTree() {
  const { api } = useClient()
  const workspace = useWorkspace()
  return useQuery({
    queryKey: pageKeys.tree,
    enabled: workspace.data !== undefined,
    refetchInterval: TREE_REFRESH_MS,
    queryFn: () => fetchPages(api, workspace.data?.id ?? '', false),
  })
}

/** The pages in the trash, each with what was deleted with it. */
export function useTrash() {
  const { api } = useClient()
  const workspace = useWorkspace()
  return useQuery({
    queryKey: pageKeys.trash,
    enabled: workspace.data !== undefined,
    queryFn: () => fetchPages(api, workspace.data?.id ?? '', true),
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

async function fetchPages(api: Api, workspace: string, trashed: boolean): Promise<PageNode[]> {
  const pages: PageNode[] = []
  let cursor: string | null | undefined
  do {
    const query = { limit: PAGES_PER_REQUEST, trashed, ...(cursor ? { cursor } : {}) }
    const listed = await bodyOf(
      api.GET('/api/v1/workspaces/{workspace}/pages', { params: { path: { workspace }, query } }),
    )
    pages.push(...listed.items)
    cursor = listed.next_cursor
  } while (cursor)
  return pages
}
