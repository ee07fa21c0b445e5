import { FileX2, Lock, ServerOff, Trash2 } from 'lucide-react'

import { useRestorePage } from '../features/pages/changes'
import { useAwaitRestored } from '../features/pages/queries'
import { type Page, titleOf } from '../features/pages/tree'
import { Button } from '../ui/Button'
import { navigate } from '../ui/location'
import { Message } from '../ui/Message'

/** Why a page cannot be shown. */
export type Trouble =
  | { kind: 'missing' }
  | { kind: 'trashed'; page: Page }
  | { kind: 'refused'; reason: string; onRetry: () => void }
  | { kind: 'unreachable' }

/** Says what is the matter, and what can be done. */
export function PageTrouble({ trouble }: { trouble: Trouble }) {
  switch (trouble.kind) {
    case 'missing':
      return (
        <Message
          icon={FileX2}
          title="There is no such page"
          actions={<Button onClick={() => navigate('/')}>Go to the start</Button>}
        >
          The address may be wrong, or the page is not there any more.
        </Message>
      )
    case 'trashed':
      return <TrashedPage page={trouble.page} />
    case 'refused':
      return (
        <Message
          icon={Lock}
          title="The server does not let you in here"
          actions={<Button onClick={trouble.onRetry}>Try again</Button>}
        >
          {trouble.reason}
        </Message>
      )
    case 'unreachable':
      return (
        <Message icon={ServerOff} title="The server does not answer">
          This page has not been opened on this device before, so there is nothing to show yet. It appears by itself
          when the server comes back.
        </Message>
      )
  }
}

/** Goes by itself once the page is restored, here or elsewhere. */
function TrashedPage({ page }: { page: Page }) {
  const { mutate: restore, isPending } = useRestorePage()
  useAwaitRestored(page.id)

  return (
    <Message
      icon={Trash2}
      title={`“${titleOf(page)}” is in the trash`}
      actions={
        <>
          <Button kind="primary" isBusy={isPending} onClick={() => restore({ page })}>
            Restore it
          </Button>
          <Button onClick={() => navigate('/')}>Go to the start</Button>
        </>
      }
    >
      It can be read and written again as soon as it is restored.
    </Message>
  )
}
