import { describe, expect, it } from 'vitest'

import { fuzzySearch } from '../src/ui/fuzzy'
import { place } from '../src/ui/placement'

const search = (query: string, ...texts: string[]) => fuzzySearch(query, texts, (text) => [text])

describe('fuzzy search', () => {
  it('finds a text by some of its letters in order', () => {
    expect(search('h2', 'Heading 1', 'Heading 2')).toEqual(['Heading 2'])
    expect(search('xyz', 'Heading 1')).toEqual([])
  })

  it('prefers beginnings of words to letters in their middle', () => {
    expect(search('ta', 'Data', 'Table', 'Heading tables')[0]).toBe('Table')
  })

  it('keeps the order when nothing is asked', () => {
    expect(search(' ', 'b', 'a')).toEqual(['b', 'a'])
  })
})

describe('what floats', () => {
  const viewport = { width: 1000, height: 800 }
  const floating = { width: 200, height: 100 }
  const below = { side: 'below', align: 'start' } as const

  it('stands beside its anchor', () => {
    const anchor = { left: 100, right: 140, top: 200, bottom: 220 }

    expect(place(anchor, floating, viewport, below)).toEqual({ left: 100, top: 226 })
    expect(place(anchor, floating, viewport, { side: 'above', align: 'end' })).toEqual({ left: 8, top: 94 })
  })

  it('goes to the other side where there is no room', () => {
    const low = { left: 100, right: 140, top: 760, bottom: 780 }
    const high = { left: 100, right: 140, top: 20, bottom: 40 }

    expect(place(low, floating, viewport, below).top).toBe(654)
    expect(place(high, floating, viewport, { side: 'above', align: 'start' }).top).toBe(46)
  })

  it('stays inside the window', () => {
    const anchor = { left: 980, right: 1000, top: 200, bottom: 220 }

    expect(place(anchor, floating, viewport, below).left).toBe(792)
  })
})
