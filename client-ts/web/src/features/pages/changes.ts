import { bodyOf } from '@gala/client'
import { useClient } from '@gala/react'
import { type QueryClient, useMutation, useQueryClient } from '@tanstack/react-query'

import { notify } from '../../ui/notices'
import { tellFailure } from '../problems/words'
import { currentWorkspace, workspacesQuery } from '../workspaces/queries'
import { pageKeys } from './queries'
import { inserted, moved, type Page, type PageNode, type Place, renamed, titleOf, without } from './tree'

/** Adds a page, at the top or under another one. */
export function useCreatePage() {
  const { api } = useClient()
  const queries = useQueryClient()
  return useMutation<Page, Error, { parent: Page | null }>({
    mutationFn: async ({ parent }) => {
      const workspaces = parent === null ? await queries.ensureQueryData(workspacesQuery(api)) : []
      const workspace = parent?.workspace_id ?? currentWorkspace(workspaces)?.id
      if (workspace === undefined) throw new Error('you are in no workspace')
      return bodyOf(
        api.POST('/api/v1/workspaces/{workspace}/pages', {
          params: { path: { workspace } },
          body: { title: '', ...(parent === null ? {} : { parent_id: parent.id }) },
        }),
      )
    },
    onSuccess: (page, { parent }) => {
      queries.setQueryData(pageKeys.page(page.id), page)
      const place = { parentId: parent?.id ?? null, beforeId: null }
      changeTree(queries, page.workspace_id, (tree) => inserted(tree, { ...page, children: [] }, place))
    },
    onError: (error) => tellFailure('The page could not be created', error),
    onSettled: () => queries.invalidateQueries({ queryKey: pageKeys.trees }),
  })
}

export function useRenamePage() {
  const { api } = useClient()
  return useTreeChange<{ page: Page; title: string }>({
    failure: 'The page could not be renamed',
    change: (tree, { page, title }) => renamed(tree, page.id, title),
    send: ({ page, title }) =>
      api.PATCH('/api/v1/pages/{page}', { params: { path: { page: page.id } }, body: { title } }),
  })
}

export function useMovePage() {
  const { api } = useClient()
  return useTreeChange<{ page: Page; place: Place }>({
    failure: 'The page could not be moved',
    change: (tree, { page, place }) => moved(tree, page.id, place),
    send: ({ page, place }) =>
      api.POST('/api/v1/pages/{page}/move', {
        params: { path: { page: page.id } },
        body: { parent_id: place.parentId, before_id: place.beforeId },
      }),
  })
}

/** Puts a page and all below it into the trash. */
export function useTrashPage() {
  const { api } = useClient()
  const restore = useRestorePage()
  return useTreeChange<{ page: Page }>({
    failure: 'The page could not be deleted',
    change: (tree, { page }) => without(tree, page.id),
    send: ({ page }) => api.DELETE('/api/v1/pages/{page}', { params: { path: { page: page.id } } }),
    onDone: ({ page }) =>
      notify({
        text: `“${titleOf(page)}” is in the trash`,
        isError: false,
        action: { label: 'Undo', run: () => restore.mutate({ page }) },
      }),
  })
}

/** Takes a page and what was deleted with it out of the trash. */
export function useRestorePage() {
  const { api } = useClient()
  const queries = useQueryClient()
  return useTreeChange<{ page: Page }>({
    failure: 'The page could not be restored',
    change: (tree) => [...tree],
    send: ({ page }) => api.POST('/api/v1/pages/{page}/restore', { params: { path: { page: page.id } } }),
    onDone: ({ page }) => {
      queries.setQueryData<PageNode[]>(pageKeys.trash(page.workspace_id), (trash) => trash && without(trash, page.id))
    },
  })
}

interface TreeChange<Variables> {
  failure: string
  /** What the tree will look like; shown before the server has answered. */
  change: (tree: readonly PageNode[], variables: Variables) => PageNode[]
  send: (variables: Variables) => Promise<unknown>
  onDone?: (variables: Variables) => void
}

function useTreeChange<Variables extends { page: Page }>({ failure, change, send, onDone }: TreeChange<Variables>) {
  const queries = useQueryClient()
  return useMutation<void, Error, Variables, { before: PageNode[] | undefined }>({
    mutationFn: async (variables) => {
      await send(variables)
    },
    onMutate: async (variables) => {
      // An answer that is under way knows nothing of this change.
      const { workspace_id: workspace } = variables.page
      await queries.cancelQueries({ queryKey: pageKeys.tree(workspace) })
      const before = queries.getQueryData<PageNode[]>(pageKeys.tree(workspace))
      changeTree(queries, workspace, (tree) => change(tree, variables))
      return { before }
    },
    onSuccess: (_answer, variables) => onDone?.(variables),
    onError: (error, { page }, context) => {
      if (context?.before !== undefined) queries.setQueryData(pageKeys.tree(page.workspace_id), context.before)
      tellFailure(failure, error)
    },
    onSettled: () => queries.invalidateQueries({ queryKey: pageKeys.all }),
  })
}

/** Shows a change of the tree that the server knows already, or will be told at once. */
function changeTree(queries: QueryClient, workspace: string, change: (tree: readonly PageNode[]) => PageNode[]): void {
  queries.setQueryData<PageNode[]>(pageKeys.tree(workspace), (tree) => tree && change(tree))
}
