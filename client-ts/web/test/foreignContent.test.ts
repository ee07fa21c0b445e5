import { getSchema } from '@tiptap/core'
import { yXmlFragmentToProsemirrorJSON } from '@tiptap/y-tiptap'
import { describe, expect, it } from 'vitest'
import * as Y from 'yjs'

import { ForeignContent } from '../src/features/editor/foreignContent'
import { pageSchema } from '../src/features/editor/schema'

function element(name: string, attributes: Record<string, string>, ...children: (Y.XmlElement | Y.XmlText)[]) {
  const made = new Y.XmlElement(name)
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value)
  made.insert(0, children)
  return made
}

function marked(text: string, marks: Record<string, unknown>): Y.XmlText {
  const made = new Y.XmlText()
  made.insert(0, text, marks)
  return made
}

function fragmentOf(...children: Y.XmlElement[]): Y.XmlFragment {
  const fragment = new Y.Doc().getXmlFragment('content')
  fragment.insert(0, children)
  return fragment
}

/** Whether ProseMirror takes the whole content, and so the binding deletes nothing. */
function isWhollyAllowed(fragment: Y.XmlFragment): boolean {
  const schema = getSchema([...pageSchema, ...new ForeignContent(fragment).extensions()])
  schema.nodeFromJSON(yXmlFragmentToProsemirrorJSON(fragment)).check()
  return true
}

describe('content of other clients', () => {
  it.each<[string, Y.XmlElement]>([
    ['an unknown mark', element('paragraph', {}, marked('under', { underline: {} }))],
    [
      'an unknown mark that overlaps itself',
      element('paragraph', {}, marked('x', { 'comment--abcdefgh': { id: '1' } })),
    ],
    ['an unknown attribute of a known mark', element('paragraph', {}, marked('x', { link: { href: '/', rel: 'me' } }))],
    ['an unknown attribute of a known node', element('paragraph', { textAlign: 'right' }, new Y.XmlText('x'))],
    ['an unknown block with text', element('callout', { tone: 'info' }, new Y.XmlText('x'))],
    ['unknown blocks in each other', element('details', {}, element('summary', {}, new Y.XmlText('x')))],
    ['an unknown block with known ones', element('callout', {}, element('paragraph', {}, new Y.XmlText('x')))],
    ['an unknown block without anything', element('embed', { src: 'x' })],
    ['an unknown node in text', element('paragraph', {}, new Y.XmlText('hi '), element('mention', { id: 'u' }))],
    ['an unknown node alone in a paragraph', element('paragraph', {}, element('mention', { id: 'u' }))],
  ])('is allowed: %s', (_what, content) => {
    expect(isWhollyAllowed(fragmentOf(content))).toBe(true)
  })

  it('is noticed when it arrives later, and only then', () => {
    const fragment = fragmentOf(element('paragraph', {}, new Y.XmlText('x')))
    const foreign = new ForeignContent(fragment)
    const found: boolean[] = []
    fragment.doc?.on('beforeObserverCalls', (transaction: Y.Transaction) =>
      found.push(foreign.readChanges(transaction)),
    )

    fragment.insert(1, [element('paragraph', {}, new Y.XmlText('y'))])
    fragment.insert(2, [element('paragraph', {}, marked('z', { highlight: { color: 'red' } }))])
    fragment.insert(3, [element('paragraph', {}, marked('z', { highlight: { color: 'blue' } }))])

    expect(found).toEqual([false, true, false])
  })

  it('keeps its attributes', () => {
    const fragment = fragmentOf(
      element('paragraph', { textAlign: 'right' }, marked('x', { highlight: { color: 'red' } })),
    )
    const schema = getSchema([...pageSchema, ...new ForeignContent(fragment).extensions()])

    const json = schema.nodeFromJSON(yXmlFragmentToProsemirrorJSON(fragment)).toJSON()

    expect(json.content[0].attrs.textAlign).toBe('right')
    expect(json.content[0].content[0].marks).toEqual([{ type: 'highlight', attrs: { color: 'red' } }])
  })
})
