import { type AnyExtension, getSchema } from '@tiptap/core'

import { foreignAttributes, foreignMark, foreignNode } from '../editor/foreignContent'
import { pageSchema } from '../editor/schema'
import type { ContentNode } from './queries'

/** What a document has to be shown with because the schema of this version does not know it. */
export function foreignParts(document: ContentNode): AnyExtension[] {
  const { nodes, marks } = getSchema(pageSchema)
  const extensions = new Map<string, AnyExtension>()
  const attributes = new Map<string, Set<string>>()

  const noteAttributes = (name: string, known: object, found: object = {}) => {
    const foreign = Object.keys(found).filter((attribute) => !(attribute in known) && attribute !== 'change')
    if (foreign.length > 0) attributes.set(name, new Set([...(attributes.get(name) ?? []), ...foreign]))
  }
  const read = ({ type, attrs, content = [], marks: marked = [] }: ContentNode, isInline: boolean) => {
    const holdsText = content.some((child) => child.type === 'text')
    if (nodes[type] === undefined && !extensions.has(type)) {
      extensions.set(type, foreignNode(type, isInline ? 'inline' : holdsText ? 'text' : 'blocks'))
    }
    noteAttributes(type, nodes[type]?.spec.attrs ?? {}, attrs)
    for (const mark of marked) {
      if (mark.type === 'change') continue
      if (marks[mark.type] === undefined) extensions.set(mark.type, foreignMark(mark.type))
      noteAttributes(mark.type, marks[mark.type]?.spec.attrs ?? {}, mark.attrs)
    }
    for (const child of content) read(child, holdsText || nodes[type]?.inlineContent === true)
  }

  read(document, false)
  return [...extensions.values(), foreignAttributes(attributes)]
}
