import type { Room } from '@gala/client'
import { useStatus } from '@gala/react'
import { Bookmark, Ellipsis, Eraser, X } from 'lucide-react'
import { useCallback, useState } from 'react'

import { Button } from '../../ui/Button'
import { IconButton } from '../../ui/IconButton'
import { Loaded } from '../../ui/Loaded'
import { Menu } from '../../ui/Menu'
import { mayEraseRoom } from '../access/roles'
import type { Page } from '../pages/tree'
import { failureWords } from '../problems/words'
import { useWorkspaces } from '../workspaces/queries'
import { ChangeLegend, ChangesControl, type Comparison } from './ChangesControl'
import { useRestore } from './changes'
import { EntryList } from './EntryList'
import { EraseDialog } from './EraseDialog'
import type { Difference } from './queries'
import { TimeSlider } from './TimeSlider'
import type { Stop } from './timeline'
import type { Past } from './usePast'
import { VersionDialog } from './VersionDialog'

interface HistoryPanelProps {
  room: Room
  page: Page
  past: Past
  comparison: Comparison
  /** The changes that are shown. */
  difference: Difference | undefined
  onCompare: (comparison: Comparison) => void
  onChoose: (seq: number) => void
  onClose: () => void
}

/** Beside the page as it was: where in time, what happened, and what can be done with it. */
export function HistoryPanel({ room, page, past, onChoose, onClose, ...shown }: HistoryPanelProps) {
  const { stops, index, stop } = past
  const chooseStop = useCallback((at: number) => onChoose(stops[at]?.seq ?? 0), [stops, onChoose])
  const isOffline = useStatus(room) === 'offline'

  return (
    <section
      aria-label="Points in time"
      className="flex max-h-[52%] w-full shrink-0 flex-col border-line border-t bg-surface max-md:overflow-y-auto md:max-h-none md:w-80 md:border-t-0 md:border-l"
    >
      <header className="sticky top-0 z-1 flex min-h-11 items-center gap-1 bg-surface py-1 pr-2 pl-4">
        <h2 className="mr-auto font-semibold text-sm">History</h2>
        <PageActions page={page} onErased={onClose} />
        <IconButton label="Close the history" onClick={onClose}>
          <X className="size-4" aria-hidden />
        </IconButton>
      </header>
      {isOffline && (
        <p role="status" className="mx-4 mb-2 rounded-md bg-warn-soft px-3 py-2 text-warn text-xs">
          You are offline. What others have written since is not here yet.
        </p>
      )}
      {stop !== undefined && (
        <div className="flex flex-col gap-2 border-line border-b px-4 pb-3">
          <TimeSlider stops={stops} index={index} onChoose={chooseStop} />
          <ChangesControl comparison={shown.comparison} onChoose={shown.onCompare} isNow={past.isNow} />
          {shown.difference !== undefined && <ChangeLegend difference={shown.difference} />}
          <StopActions room={room.id} past={past} stop={stop} onRestored={onClose} />
        </div>
      )}
      <div className="px-2 pb-3 md:min-h-0 md:flex-1 md:overflow-y-auto">
        <Loaded failure={past.failure === null ? undefined : failureWords(past.failure)} onRetry={past.retry}>
          {past.isLoaded && <EntryList room={room.id} past={past} onChoose={onChoose} />}
        </Loaded>
      </div>
    </section>
  )
}

interface StopActionsProps {
  room: string
  past: Past
  stop: Stop
  onRestored: () => void
}

function StopActions({ room, past, stop, onRestored }: StopActionsProps) {
  const [isNaming, setIsNaming] = useState(false)
  const { mutate: restore, isPending } = useRestore(room)
  const { seq = stop.seq, latest, isNow } = past
  const version = seq === stop.seq ? stop.version : undefined

  return (
    <div className="flex flex-wrap gap-2">
      {!isNow && (
        <Button
          kind="primary"
          isBusy={isPending}
          onClick={() => restore({ seq, at: stop.at, latest }, { onSuccess: onRestored })}
        >
          Restore
        </Button>
      )}
      {!version?.name && (
        <Button onClick={() => setIsNaming(true)}>
          <Bookmark className="size-4" aria-hidden />
          Name this version
        </Button>
      )}
      {isNaming && <VersionDialog room={room} seq={seq} version={version} onClose={() => setIsNaming(false)} />}
    </div>
  )
}

/** What only those may do who run the workspace. */
function PageActions({ page, onErased }: { page: Page; onErased: () => void }) {
  const [isErasing, setIsErasing] = useState(false)
  const role = useWorkspaces().data?.find(({ id }) => id === page.workspace_id)?.role
  if (!mayEraseRoom(role)) return null
  const erase = { label: 'Erase content…', icon: Eraser, onSelect: () => setIsErasing(true), isDangerous: true }

  return (
    <>
      <Menu label="More about the history" items={[erase]}>
        <Ellipsis className="size-4" aria-hidden />
      </Menu>
      {isErasing && <EraseDialog room={page.id} onErased={onErased} onClose={() => setIsErasing(false)} />}
    </>
  )
}
