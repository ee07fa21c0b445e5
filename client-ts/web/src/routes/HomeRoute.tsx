import { FilePlus2, ServerOff } from 'lucide-react'
import { useEffect } from 'react'
import { PageSkeleton } from '../features/editor/PageSkeleton'
import { useCreatePage } from '../features/pages/changes'
import { lastPage } from '../features/pages/lastPage'
import { pagePath } from '../features/pages/paths'
import { usePageTree, useWorkspace } from '../features/pages/queries'
import { pathTo } from '../features/pages/tree'
import { Button } from '../ui/Button'
import { navigate } from '../ui/location'
import { Message } from '../ui/Message'
import { View } from './Shell'

/** Goes to the page that was open last, or to the first one; invites to write one where there is none. */
export function HomeRoute() {
  const workspace = useWorkspace()
  const { data: tree, error } = usePageTree()
  const create = useCreatePage()
  const failure = workspace.error ?? error

  const last = tree && pathTo(tree, lastPage() ?? '').at(-1)
  const target = last?.id ?? tree?.[0]?.id

  useEffect(() => {
    if (target !== undefined) navigate(pagePath(target), { replace: true })
  }, [target])

  if (tree === undefined && failure !== null) {
    return (
      <View>
        <Message
          icon={ServerOff}
          title="The server does not answer"
          actions={<Button onClick={() => workspace.refetch()}>Try again</Button>}
        >
          Nothing is lost. This page comes back by itself when the server does.
        </Message>
      </View>
    )
  }
  if (tree === undefined || target !== undefined) {
    return (
      <View>
        <PageSkeleton />
      </View>
    )
  }
  const addPage = () => create.mutate({ parentId: null }, { onSuccess: (page) => navigate(pagePath(page.id)) })
  return (
    <View>
      <Message
        icon={FilePlus2}
        title="Nothing is written yet"
        actions={
          <Button kind="primary" onClick={addPage}>
            Write the first page
          </Button>
        }
      >
        Pages are written together: everyone who opens one sees every letter as it is typed.
      </Message>
    </View>
  )
}
