import { FileText, RotateCcw, Trash2 } from 'lucide-react'

import { Button } from '../../ui/Button'
import { minuteOf } from '../../ui/dates'
import { Message } from '../../ui/Message'
import { Skeleton } from '../../ui/Skeleton'
import { mayInRoom } from '../access/roles'
import { failureWords } from '../problems/words'
import { useRestorePage } from './changes'
import { useTrash } from './queries'
import { flatten, type PageNode, titleOf } from './tree'

/** The pages that were deleted, and the way back. */
export function TrashView() {
  const { data: trash, error, refetch } = useTrash()

  if (trash?.length === 0) {
    return (
      <Message icon={Trash2} title="The trash is empty">
        A page that is deleted waits here, with everything below it, until it is restored.
      </Message>
    )
  }
  if (trash === undefined && error !== null) {
    return (
      <Message
        icon={Trash2}
        title="The trash cannot be loaded"
        actions={<Button onClick={() => refetch()}>Try again</Button>}
      >
        {failureWords(error)}
      </Message>
    )
  }
  return (
    <div className="mx-auto w-full max-w-3xl px-5 pt-10 pb-24 sm:px-12">
      <h1 className="mb-6 font-bold text-3xl tracking-tight">Trash</h1>
      {trash === undefined ? (
        <Skeleton widths={[60, 45, 52]} />
      ) : (
        <ul className="divide-y divide-line border-line border-y">
          {trash.map((page) => (
            <TrashRow key={page.id} page={page} />
          ))}
        </ul>
      )}
    </div>
  )
}

function TrashRow({ page }: { page: PageNode }) {
  const { mutate: restore } = useRestorePage()
  const below = flatten(page.children).length
  const when = page.trashed_at ? `Deleted ${minuteOf(page.trashed_at)}` : ''
  const what = below === 0 ? '' : ` with ${below} ${below === 1 ? 'page' : 'pages'} inside`

  return (
    <li className="flex items-center gap-3 py-2.5">
      <FileText className="size-4 shrink-0 text-ink-faint" aria-hidden />
      <div className="min-w-0 flex-1">
        <p className="truncate font-medium text-sm">{titleOf(page)}</p>
        <p className="truncate text-ink-faint text-xs">
          {when}
          {what}
        </p>
      </div>
      {mayInRoom(page.access, 'arrangePage') && (
        <Button aria-label={`Restore ${titleOf(page)}`} onClick={() => restore({ page })}>
          <RotateCcw className="size-4" aria-hidden />
          Restore
        </Button>
      )}
    </li>
  )
}
