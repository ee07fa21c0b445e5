import { expect, it, vi } from 'vitest'

import { everyItem } from '../src/paging'

it('a list is read to its end, each piece from where the one before ended', async () => {
  const pieces = [
    { items: [1, 2], next_cursor: 'a' },
    { items: [3], next_cursor: null },
  ]
  const ask = vi.fn(async (_cursor: string | undefined) => pieces.shift() ?? { items: [] })

  expect(await everyItem(ask)).toEqual([1, 2, 3])
  expect(ask.mock.calls).toEqual([[undefined], ['a']])
})
