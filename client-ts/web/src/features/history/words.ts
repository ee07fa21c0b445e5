import { minuteOf } from '../../ui/dates'
import type { Author, EditRun, Version } from './queries'
import type { Stop } from './timeline'

const timeFormat = new Intl.DateTimeFormat(undefined, { timeStyle: 'short' })

/** What a version is called. */
export function versionName({ name, kind }: Version): string {
  if (name) return name
  return kind === 'restore' ? 'Restored' : 'Kept automatically'
}

/** How much somebody has written, and when: within one day the day is not said. */
export function runWords({ from_at, to_at, updates }: EditRun): string {
  const [from, to] = [timeOf(from_at), timeOf(to_at)]
  return `${from === to ? to : `${from} – ${to}`} · ${editCount(updates)}`
}

/** A point of the past, to be read out. */
export function stopWords(stop: Stop): string {
  const version = stop.version === undefined ? undefined : versionName(stop.version)
  return [minuteOf(stop.at), version, authorOf(stop)?.name].filter(Boolean).join(', ')
}

/** Who has written what ends at this point. */
export function authorOf(stop: Stop | undefined): Author | undefined {
  return stop?.run?.author ?? stop?.version?.author
}

export function timeOf(time: string): string {
  return timeFormat.format(new Date(time))
}

function editCount(count: number): string {
  return `${count.toLocaleString()} edit${count === 1 ? '' : 's'}`
}
