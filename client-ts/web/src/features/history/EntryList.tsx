import { Bookmark, Clock, RotateCcw } from 'lucide-react'

import { Button } from '../../ui/Button'
import type { Version } from './queries'
import { daysOf, type Entry, type Stop } from './timeline'
import type { Past } from './usePast'
import { VersionMenu } from './VersionMenu'
import { runWords, timeOf, versionName } from './words'

interface EntryListProps {
  room: string
  past: Past
  onChoose: (seq: number) => void
}

/** Versions and edits, day by day, the latest first. */
export function EntryList({ room, past, onChoose }: EntryListProps) {
  return (
    <>
      {daysOf(past.entries).map(({ day, entries }) => (
        <section key={day} aria-label={day}>
          <h3 className="px-2 pt-4 pb-1 font-medium text-ink-faint text-xs">{day}</h3>
          <ul>
            {entries.map((entry) => (
              <li key={`${entry.kind} ${entry.seq}`} className="group flex items-center">
                <EntryButton entry={entry} isChosen={isAt(entry, past.stop)} onChoose={() => onChoose(entry.seq)} />
                {entry.kind === 'version' && <VersionMenu room={room} version={entry.version} />}
              </li>
            ))}
          </ul>
        </section>
      ))}
      {past.earlier !== undefined && (
        <div className="p-2">
          <Button isWide isBusy={past.earlier.isLoading} onClick={past.earlier.load}>
            Show earlier ones
          </Button>
        </div>
      )}
    </>
  )
}

/** Where edits end with a version, the version is what one is at. */
function isAt(entry: Entry, stop: Stop | undefined): boolean {
  return entry.seq === stop?.seq && (entry.kind === 'version' || stop.version === undefined)
}

interface EntryButtonProps {
  entry: Entry
  isChosen: boolean
  onChoose: () => void
}

function EntryButton({ entry, isChosen, onChoose }: EntryButtonProps) {
  const isEdits = entry.kind === 'edits'
  const author = isEdits ? entry.run.author : entry.version.author
  return (
    <button
      type="button"
      aria-current={isChosen}
      className="flex min-h-9 min-w-0 flex-1 items-center gap-2.5 rounded-md px-2 py-1.5 text-left text-sm hover:bg-hover aria-[current=true]:bg-press pointer-coarse:min-h-11"
      onClick={onChoose}
    >
      {isEdits ? (
        <span
          aria-hidden
          className="mx-0.75 size-2.5 shrink-0 rounded-full"
          style={{ backgroundColor: author.color }}
        />
      ) : (
        <VersionIcon kind={entry.version.kind} />
      )}
      <span className="min-w-0 flex-1">
        <span className={`block truncate ${isEdits ? '' : 'font-medium'}`}>
          {isEdits ? author.name : versionName(entry.version)}
        </span>
        <span className={`block truncate text-xs ${isChosen ? 'text-ink-soft' : 'text-ink-faint'}`}>
          {isEdits ? runWords(entry.run) : `${timeOf(entry.at)} · ${author.name}`}
        </span>
      </span>
    </button>
  )
}

const ICONS = { named: Bookmark, automatic: Clock, restore: RotateCcw } as const

function VersionIcon({ kind }: { kind: Version['kind'] }) {
  const Icon = ICONS[kind]
  return <Icon className={`size-4 shrink-0 ${kind === 'named' ? 'text-accent' : 'text-ink-faint'}`} aria-hidden />
}
