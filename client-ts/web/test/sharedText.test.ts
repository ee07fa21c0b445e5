import { describe, expect, it } from 'vitest'
import * as Y from 'yjs'

import { replaceText } from '../src/features/editor/sharedText'

function textWith(content: string) {
  const text = new Y.Doc().getText('title')
  text.insert(0, content)
  return text
}

describe('replacing shared text', () => {
  it.each([
    ['', 'Hello'],
    ['Hello', ''],
    ['Hello', 'Help'],
    ['aaa', 'aaaa'],
    ['one two', 'one and two'],
    ['👩 works', '👨 works'],
    ['works 👩', 'works 👨'],
  ])('makes “%s” into “%s”', (before, after) => {
    const text = textWith(before)

    replaceText(text, after, undefined)

    expect(text.toString()).toBe(after)
  })

  it('touches only what is different, so that what others write beside it stays', () => {
    const mine = textWith('one three')
    const theirs = new Y.Doc()
    Y.applyUpdate(theirs, Y.encodeStateAsUpdate(mine.doc ?? theirs))
    theirs.getText('title').insert(9, ' four')

    replaceText(mine, 'one two three', undefined)
    if (mine.doc !== null) Y.applyUpdate(mine.doc, Y.encodeStateAsUpdate(theirs))

    expect(mine.toString()).toBe('one two three four')
  })

  it('never cuts a character in half', () => {
    const text = textWith('👩')
    const deltas: unknown[] = []
    text.observe((event) => deltas.push(event.delta))

    replaceText(text, '👨', undefined)

    expect(deltas).toEqual([[{ delete: 2 }, { insert: '👨' }]])
  })
})
