import { CornerUpLeft, FileText } from 'lucide-react'

import { Dialog } from '../../ui/Dialog'
import { fuzzySearch } from '../../ui/fuzzy'
import { Picker } from '../../ui/Picker'
import { mayInRoom, mayInWorkspace } from '../access/roles'
import { useWorkspace } from '../workspaces/queries'
import { useMovePage } from './changes'
import { usePageTree } from './queries'
import { flatten, type Page, titleOf, without } from './tree'

/** Stands in the list for "under no page". */
const TOP = 'top'

/** Chooses the page under which another one shall stand. */
export function MoveDialog({ page, onClose }: { page: Page; onClose: () => void }) {
  const tree = usePageTree().data ?? []
  const { mutate: move } = useMovePage()
  const role = useWorkspace().data?.role

  // Not under itself, nor under what stands below it.
  const targets = flatten(without(tree, page.id))
    .filter(({ page: target }) => mayInRoom(target.access, 'arrangePage'))
    .map(({ page: target, above }) => ({
      id: target.id,
      label: titleOf(target),
      hint: above.join(' / '),
      icon: <FileText className="size-4 shrink-0 text-ink-faint" aria-hidden />,
    }))
  const top = {
    id: TOP,
    label: 'The top of the workspace',
    hint: '',
    icon: <CornerUpLeft className="size-4 shrink-0 text-ink-faint" aria-hidden />,
  }

  return (
    <Dialog label={`Move ${titleOf(page)}`} onClose={onClose}>
      <Picker
        placeholder={`Move “${titleOf(page)}” under…`}
        empty="No page has such a title."
        search={(query) =>
          fuzzySearch(query, mayInWorkspace(role, 'createPage') ? [top, ...targets] : targets, ({ label }) => [label])
        }
        onPick={({ id }) => {
          onClose()
          move({ page, place: { parentId: id === TOP ? null : id, beforeId: null } })
        }}
      />
    </Dialog>
  )
}
