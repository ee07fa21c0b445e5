import { describe, expect, it } from 'vitest'

import type { EditRun, Version } from '../src/features/history/queries'
import { daysOf, entriesOf, seqBefore, stopIndex, stopsOf } from '../src/features/history/timeline'

const ANN = { id: 'ann', kind: 'user', name: 'Ann', color: '#b4233c' } as const
const BEN = { id: 'ben', kind: 'user', name: 'Ben', color: '#1f6f8b' } as const

/** Minutes after the beginning of one day. */
const at = (minutes: number) => new Date(2026, 10, 20, 0, minutes).toISOString()

function run(from_seq: number, to_seq: number, author: EditRun['author']): EditRun {
  return { from_seq, to_seq, from_at: at(from_seq), to_at: at(to_seq), author, updates: to_seq - from_seq + 1 }
}

function version(seq: number, name: string | null, kind: Version['kind'] = 'named'): Version {
  return { seq, at: at(seq), name, kind, author: ANN }
}

const RUNS = [run(11, 20, BEN), run(1, 10, ANN)]

describe('the past of a room', () => {
  it('is listed with the latest first, and a version above the edits it ends with', () => {
    const entries = entriesOf(RUNS, [version(10, 'Draft'), version(15, null, 'automatic')])

    expect(entries.map(({ kind, seq }) => `${kind} ${seq}`)).toEqual([
      'edits 20',
      'version 15',
      'version 10',
      'edits 10',
    ])
  })

  it('can be stopped at where edits end and where versions are, once each', () => {
    const stops = stopsOf(RUNS, [version(10, 'Draft'), version(15, null, 'automatic')])

    expect(stops.map(({ seq }) => seq)).toEqual([10, 15, 20])
    expect(stops.map((stop) => stop.run?.author.name)).toEqual(['Ann', 'Ben', 'Ben'])
    expect(stops.map((stop) => stop.version?.kind)).toEqual(['named', 'automatic', undefined])
  })

  it('is grouped by days', () => {
    const minutes = 24 * 60
    const days = daysOf(entriesOf([run(minutes + 5, minutes + 9, BEN), ...RUNS], []))

    expect(days.map(({ entries }) => entries.map(({ seq }) => seq))).toEqual([[minutes + 9], [20, 10]])
  })

  it('is empty where nothing was written', () => {
    expect(stopsOf([], [])).toEqual([])
    expect(daysOf(entriesOf([], []))).toEqual([])
    expect(stopIndex([], 3)).toBe(-1)
  })
})

describe('a point of the past', () => {
  const stops = stopsOf(RUNS, [version(15, 'Draft')])

  it('is shown by the first stop that is not before it, and by the last one when none is named', () => {
    expect([undefined, 1, 10, 11, 15, 20, 99].map((seq) => stopIndex(stops, seq))).toEqual([2, 0, 0, 1, 1, 2, 2])
  })

  it('follows the stop before it, or the beginning', () => {
    expect(stops.map((_stop, index) => seqBefore(stops, index))).toEqual([0, 10, 15])
  })

  it('follows what is not loaded where its edits begin', () => {
    expect(seqBefore(stopsOf([run(11, 20, BEN)], []), 0)).toBe(10)
  })
})
