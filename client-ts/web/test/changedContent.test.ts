import { getSchema } from '@tiptap/core'
import { describe, expect, it } from 'vitest'
import { pageSchema } from '../src/features/editor/schema'
import { changeExtensions } from '../src/features/history/changeMarks'
import { foreignParts } from '../src/features/history/foreignParts'
import type { ContentNode } from '../src/features/history/queries'

const ANN = { id: 'ann', kind: 'user', name: 'Ann', color: '#b4233c' } as const

/** The document as the reader holds it. */
function read(document: ContentNode) {
  const schema = getSchema([...pageSchema, ...foreignParts(document), ...changeExtensions([ANN])])
  return schema.nodeFromJSON(document)
}

function change(kind: 'inserted' | 'deleted') {
  return { kind, author: ANN.id, at: '2026-11-20T12:00:00Z' }
}

function paragraph(...content: ContentNode[]): ContentNode {
  return { type: 'paragraph', content }
}

describe('a document of the past', () => {
  it('keeps who inserted and deleted which text', () => {
    const marked = (text: string, kind: 'inserted' | 'deleted'): ContentNode => ({
      type: 'text',
      text,
      marks: [{ type: 'bold' }, { type: 'change', attrs: change(kind) }],
    })
    const shown = read({ type: 'doc', content: [paragraph(marked('Monday', 'deleted'), marked('Friday', 'inserted'))] })

    const kinds: unknown[] = []
    shown.descendants((node) => {
      if (node.isText) kinds.push([node.text, node.marks.find(({ type }) => type.name === 'change')?.attrs.kind])
    })
    expect(kinds).toEqual([
      ['Monday', 'deleted'],
      ['Friday', 'inserted'],
    ])
  })

  it('keeps which blocks were inserted, known or not', () => {
    const content = [
      { ...paragraph({ type: 'text', text: 'new' }), attrs: { change: change('inserted') } },
      { type: 'callout', attrs: { tone: 'warm', change: change('inserted') }, content: [paragraph()] },
    ]
    const shown = read({ type: 'doc', content })

    expect(shown.child(0).attrs.change).toMatchObject({ kind: 'inserted' })
    expect(shown.child(1).attrs).toMatchObject({ tone: 'warm', change: { kind: 'inserted' } })
  })

  it('shows what this version does not know', () => {
    const mention: ContentNode = { type: 'mention', attrs: { id: 'ben' } }
    const marked: ContentNode = { type: 'text', text: 'Hello ', marks: [{ type: 'glow', attrs: { warmth: 3 } }] }
    const shown = read({ type: 'doc', content: [paragraph(marked, mention)] })

    expect(shown.child(0).child(0).marks[0]?.attrs).toEqual({ warmth: 3 })
    expect(shown.child(0).child(1).isInline).toBe(true)
  })
})
