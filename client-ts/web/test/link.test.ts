import { describe, expect, it } from 'vitest'

import { safeHref } from '../src/features/editor/link'

describe('the address of a link', () => {
  it.each([
    ['https://example.org/a?b#c', 'https://example.org/a?b#c'],
    ['example.org', 'https://example.org'],
    ['mailto:ann@example.org', 'mailto:ann@example.org'],
    ['/p/01890000', '/p/01890000'],
  ])('may be %s', (address, href) => {
    expect(safeHref(address)).toBe(href)
  })

  it.each(['javascript:alert(1)', ' JavaScript:alert(1)', 'data:text/html,x', 'vbscript:x', ''])(
    'may not be %j',
    (address) => {
      expect(safeHref(address)).toBeUndefined()
    },
  )
})
