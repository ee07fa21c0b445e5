import { bodyOf, ProblemError } from '@gala/client'
import { useClient } from '@gala/react'
import { type QueryClient, useMutation, useQueryClient } from '@tanstack/react-query'

import { notify } from '../../ui/notices'
import { pageKeys, workspaceQuery } from './queries'
import { inserted, moved, type Page, type PageNode, type Place, renamed, titleOf, without } from './tree'

/** Adds a page, at the top or under another one. */
export function useCreatePage() {
  const { api } = useClient()
  const queries = useQueryClient()
  return useMutation<Page, Error, { parentId: string | null }>({
    mutationFn: async ({ parentId }) => {
      const workspace = await queries.ensureQueryData(workspaceQuery(api))
      return bodyOf(
        api.POST('/api/v1/workspaces/{workspace}/pages', {
          params: { path: { workspace: workspace.id } },
          body: { title: '', ...(parentId === null ? {} : { parent_id: parentId }) },
        }),
      )
    },
    onSuccess: (page, { parentId }) => {
      queries.setQueryData(pageKeys.page(page.id), page)
      changeTree(queries, (tree) => inserted(tree, { ...page, children: [] }, { parentId, beforeId: null }))
    },
    onError: (error) => tellFailure('The page could not be created', error),
    onSettled: () => queries.invalidateQueries({ queryKey: pageKeys.tree }),
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
      queries.setQueryData<PageNode[]>(pageKeys.trash, (trash) => trash && without(trash, page.id))
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
      await queries.cancelQueries({ queryKey: pageKeys.tree })
      const before = queries.getQueryData<PageNode[]>(pageKeys.tree)
      changeTree(queries, (tree) => change(tree, variables))
      return { before }
    },
    onSuccess: (_answer, variables) => onDone?.(variables),
    onError: (error, _variables, context) => {
      if (context?.before !== undefined) queries.setQueryData(pageKeys.tree, context.before)
      tellFailure(failure, error)
    },
    onSettled: () => queries.invalidateQueries({ queryKey: ['pages'] }),
  })
}

/** Shows a change of the tree that the server knows already, or will be told at once. */
export function changeTree(queries: QueryClient, change: (tree: readonly PageNode[]) => PageNode[]): void {
  queries.setQueryData<PageNode[]>(pageKeys.tree, (tree) => tree && change(tree))
}

function tellFailure(what: string, error: Error): void {
  notify({ text: `${what}: ${error instanceof ProblemError ? error.detail : error.message}`, isError: true })
}
