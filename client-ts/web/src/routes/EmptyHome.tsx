import { FilePlus2, UsersRound } from 'lucide-react'
import { lazy, Suspense, useState } from 'react'

import { mayInWorkspace, type Role } from '../features/access/roles'
import { useCreatePage } from '../features/pages/changes'
import { pagePath } from '../features/pages/paths'
import { Button } from '../ui/Button'
import { navigate } from '../ui/location'
import { Message } from '../ui/Message'

const NewWorkspaceDialog = lazy(() =>
  import('../features/workspaces/NewWorkspaceDialog').then(({ NewWorkspaceDialog }) => ({
    default: NewWorkspaceDialog,
  })),
)

/** What stands where the first page would be. The role is what one is in the workspace, if one is in any. */
export function EmptyHome({ role }: { role: Role | undefined }) {
  return role === undefined ? <NoWorkspace /> : <NoPages mayWrite={mayInWorkspace(role, 'createPage')} />
}

function NoWorkspace() {
  const [isMaking, setIsMaking] = useState(false)
  return (
    <>
      <Message
        icon={UsersRound}
        title="You are in no workspace"
        actions={
          <Button kind="primary" onClick={() => setIsMaking(true)}>
            Make a workspace
          </Button>
        }
      >
        Ask somebody to invite you into theirs, or make one of your own.
      </Message>
      {isMaking && (
        <Suspense>
          <NewWorkspaceDialog onClose={() => setIsMaking(false)} />
        </Suspense>
      )}
    </>
  )
}

function NoPages({ mayWrite }: { mayWrite: boolean }) {
  const create = useCreatePage()
  const addPage = () => create.mutate({ parent: null }, { onSuccess: (page) => navigate(pagePath(page.id)) })
  return (
    <Message
      icon={FilePlus2}
      title="Nothing is written yet"
      actions={
        mayWrite && (
          <Button kind="primary" onClick={addPage}>
            Write the first page
          </Button>
        )
      }
    >
      {mayWrite
        ? 'Pages are written together: everyone who opens one sees every letter as it is typed.'
        : 'There is no page yet that you may see.'}
    </Message>
  )
}
