import { dayOf } from '../../ui/dates'
import type { EditRun, Version } from './queries'

/** Something in the past of a room that is listed: edits of one author in a row, or a version. */
export type Entry =
  | { kind: 'edits'; seq: number; at: string; run: EditRun }
  | { kind: 'version'; seq: number; at: string; version: Version }

/** A place in the past where one can stop. */
export interface Stop {
  seq: number
  at: string
  /** The edits that end here or go on beyond it. */
  run: EditRun | undefined
  version: Version | undefined
}

/** What happened on one day, the latest first. */
export interface Day {
  day: string
  entries: Entry[]
}

/** Everything that is listed, the latest first; a version stands above the edits it ends with. */
export function entriesOf(runs: readonly EditRun[], versions: readonly Version[]): Entry[] {
  const named = versions.map((version): Entry => ({ kind: 'version', seq: version.seq, at: version.at, version }))
  const edited = runs.map((run): Entry => ({ kind: 'edits', seq: run.to_seq, at: run.to_at, run }))
  return [...named, ...edited].sort((one, other) => other.seq - one.seq)
}

/** Where one can stop, the earliest first. */
export function stopsOf(runs: readonly EditRun[], versions: readonly Version[]): Stop[] {
  const stops = new Map<number, Stop>()
  for (const { seq, at, ...entry } of entriesOf(runs, versions).reverse()) {
    const version = entry.kind === 'version' ? entry.version : stops.get(seq)?.version
    stops.set(seq, { seq, at, run: runAt(runs, seq), version })
  }
  return [...stops.values()]
}

/** The days on which something happened, the latest first. */
export function daysOf(entries: readonly Entry[]): Day[] {
  const days: Day[] = []
  for (const entry of entries) {
    const day = dayOf(entry.at)
    const last = days.at(-1)
    if (last?.day === day) last.entries.push(entry)
    else days.push({ day, entries: [entry] })
  }
  return days
}

/** The place of the stop that shows a position: the first one that is not before it. */
export function stopIndex(stops: readonly Stop[], seq: number | undefined): number {
  const found = seq === undefined ? -1 : stops.findIndex((stop) => stop.seq >= seq)
  return found === -1 ? stops.length - 1 : found
}

/** The position before what happened at a stop. */
export function seqBefore(stops: readonly Stop[], index: number): number {
  const begun = stops[index]?.run?.from_seq
  const earlier = stops[index - 1]?.seq ?? 0
  return begun === undefined ? earlier : Math.max(begun - 1, earlier)
}

function runAt(runs: readonly EditRun[], seq: number): EditRun | undefined {
  return runs.find(({ from_seq, to_seq }) => from_seq <= seq && seq <= to_seq)
}
