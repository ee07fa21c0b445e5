import { useEffect } from 'react'

import { chooseWorkspace } from './current'
import { useWorkspaces } from './queries'

/** Goes to the workspace of what is open, if one belongs to it: by a link one may come from another one. */
export function useGoTo(workspace: string | undefined): void {
  const { data: mine } = useWorkspaces()
  const isMine = mine?.some(({ id }) => id === workspace) === true

  useEffect(() => {
    if (isMine && workspace !== undefined) chooseWorkspace(workspace)
  }, [isMine, workspace])
}
