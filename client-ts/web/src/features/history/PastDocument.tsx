import type { Editor, EditorOptions, JSONContent } from '@tiptap/core'
import { useCallback, useRef } from 'react'

import { pageSchema } from '../editor/schema'
import { useEditor } from '../editor/useEditor'
import { changeExtensions } from './changeMarks'
import { foreignParts } from './foreignParts'
import type { Author, ContentNode } from './queries'

const NOBODY: readonly Author[] = []

interface PastDocumentProps {
  content: ContentNode
  /** Whose changes stand in it. */
  authors?: readonly Author[]
}

/** A document as it was, to be read: the same as in the editor, whatever that shows. */
export function PastDocument({ content, authors = NOBODY }: PastDocumentProps) {
  const editor = useRef<Editor>(undefined)
  const make = useCallback(() => readerOf(content, authors), [content, authors])
  const { element } = useEditor(make, editor)
  return <div ref={element} className="document" />
}

function readerOf(content: ContentNode, authors: readonly Author[]): Partial<EditorOptions> {
  return {
    injectCSS: false,
    editable: false,
    // Absent and null are told apart by the types only.
    content: content as JSONContent,
    editorProps: { attributes: { 'aria-label': 'Earlier content', role: 'document' } },
    extensions: [...pageSchema, ...foreignParts(content), ...changeExtensions(authors)],
  }
}
