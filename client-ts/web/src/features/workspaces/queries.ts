import { type Api, bodyOf, type components, everyItem } from '@gala/client'
import { useClient } from '@gala/react'
import { queryOptions, useQuery } from '@tanstack/react-query'

import { refreshEvery } from '../problems/refresh'
import { chosenWorkspace, useChosenWorkspace } from './current'

export type Workspace = components['schemas']['WorkspaceView']

/** Items asked for at a time: as many as the server gives. */
const ITEMS_PER_REQUEST = 200
/** Milliseconds after which a role somebody else has changed, or a workspace they have renamed, is seen. */
const WORKSPACES_REFRESH_MS = 30_000

export const workspaceKeys = {
  all: ['workspaces'] as const,
  members: (workspace: string) => ['workspaces', workspace, 'members'] as const,
  invitations: (workspace: string) => ['workspaces', workspace, 'invitations'] as const,
}

/** The workspaces one belongs to. */
export function workspacesQuery(api: Api) {
  return queryOptions({
    queryKey: workspaceKeys.all,
    queryFn: () =>
      everyItem<Workspace>((cursor) => bodyOf(api.GET('/api/v1/workspaces', { params: { query: pageOf(cursor) } }))),
  })
}

export function useWorkspaces() {
  return useQuery({ ...workspacesQuery(useClient().api), refetchInterval: refreshEvery(WORKSPACES_REFRESH_MS) })
}

/** The workspace one is in: the one that was chosen last, or the first. */
export function useWorkspace() {
  const chosen = useChosenWorkspace()
  const { data: workspaces, ...query } = useWorkspaces()
  return { ...query, data: workspaces && currentOf(workspaces, chosen) }
}

/** The same outside of a component. */
export function currentWorkspace(workspaces: readonly Workspace[]): Workspace | undefined {
  return currentOf(workspaces, chosenWorkspace())
}

function currentOf(workspaces: readonly Workspace[], chosen: string | undefined): Workspace | undefined {
  return workspaces.find(({ id }) => id === chosen) ?? workspaces[0]
}

/** What asks for the items from a cursor on. */
export function pageOf(cursor: string | undefined) {
  return { limit: ITEMS_PER_REQUEST, ...(cursor === undefined ? {} : { cursor }) }
}
