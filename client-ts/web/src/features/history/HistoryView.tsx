import type { Room } from '@gala/client'
import { History, LockKeyhole } from 'lucide-react'
import { type KeyboardEvent, useCallback, useEffect, useRef, useState } from 'react'

import { Button } from '../../ui/Button'
import { navigate } from '../../ui/location'
import { Message } from '../../ui/Message'
import { mayInRoom } from '../access/roles'
import { historyPath, pagePath } from '../pages/paths'
import type { Page } from '../pages/tree'
import type { Comparison } from './ChangesControl'
import { HistoryPanel } from './HistoryPanel'
import { ChangedPage, PastPage } from './PastPage'
import { useDifference, useMoment, useNewEdits } from './queries'
import { type Stop, seqBefore } from './timeline'
import { usePast } from './usePast'

interface HistoryViewProps {
  room: Room
  page: Page
  /** The point in the address; empty for now. */
  at: string
}

/** The past of a page, over the page itself. */
export function HistoryView({ room, page, at }: HistoryViewProps) {
  const close = () => navigate(pagePath(page.id))
  const view = useRef<HTMLElement>(null)
  useBorrowedFocus(view)

  const handleKey = (event: KeyboardEvent) => {
    // In a dialog the key is the dialog's.
    const isInDialog = event.target instanceof Element && event.target.closest('dialog') !== null
    if (event.key === 'Escape' && !isInDialog) close()
  }

  return (
    <main
      ref={view}
      aria-label="History"
      tabIndex={-1}
      className="flex min-h-0 flex-1 flex-col outline-none md:flex-row"
      onKeyDown={handleKey}
    >
      {mayInRoom(page.access, 'readHistory') ? (
        <PastView room={room} page={page} asked={/^\d+$/.test(at) ? Number(at) : undefined} onClose={close} />
      ) : (
        <NoHistory onClose={close} />
      )}
    </main>
  )
}

interface PastViewProps {
  room: Room
  page: Page
  asked: number | undefined
  onClose: () => void
}

function PastView({ room, page, asked, onClose }: PastViewProps) {
  const [comparison, setComparison] = useState<Comparison>('before')
  const past = usePast(room.id, asked)
  useNewEdits(room)
  const { stops, index, seq } = past
  const between = seq === undefined ? undefined : pointsOf(stops, index, seq, comparison)
  const moment = useMoment(room.id, between === undefined ? seq : undefined)
  const difference = useDifference(room.id, between)

  const choose = useCallback(
    (chosen: number) => {
      const isLatest = chosen === stops.at(-1)?.seq
      navigate(historyPath(page.id, isLatest ? undefined : chosen), { replace: true })
    },
    [stops, page.id],
  )

  return (
    <>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by the keyboard. */}
      <section aria-label="The page then" tabIndex={0} className="min-h-0 min-w-0 flex-1 overflow-y-auto">
        {past.failure !== null ? null : past.isLoaded && seq === undefined ? (
          <Message icon={History} title="There is no past yet">
            What is written on this page from now on can be found here.
          </Message>
        ) : between === undefined ? (
          <PastPage moment={moment} />
        ) : (
          <ChangedPage difference={difference} />
        )}
      </section>
      <HistoryPanel
        room={room}
        page={page}
        past={past}
        comparison={comparison}
        difference={between === undefined ? undefined : difference.data}
        onCompare={setComparison}
        onChoose={choose}
        onClose={onClose}
      />
    </>
  )
}

/** Between which points changes are shown; undefined for none. */
function pointsOf(stops: readonly Stop[], index: number, seq: number, comparison: Comparison) {
  const latest = stops.at(-1)?.seq ?? seq
  if (comparison === 'none') return undefined
  if (comparison === 'beginning') return { from: 0, to: seq }
  if (comparison === 'now' && seq < latest) return { from: seq, to: latest }
  return { from: Math.min(seqBefore(stops, index), seq), to: seq }
}

function NoHistory({ onClose }: { onClose: () => void }) {
  return (
    <div className="flex-1 overflow-y-auto">
      <Message
        icon={LockKeyhole}
        title="The past of this page is not for you"
        actions={<Button onClick={onClose}>Back to the page</Button>}
      >
        Only those who may write on a page see what it said before.
      </Message>
    </div>
  )
}

/** Takes the focus, and gives it back in the end to what had it. */
function useBorrowedFocus(to: { current: HTMLElement | null }): void {
  useEffect(() => {
    const owner = document.activeElement
    to.current?.focus()
    return () => {
      if (owner instanceof HTMLElement && owner.isConnected) owner.focus()
    }
  }, [to])
}
