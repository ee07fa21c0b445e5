import { Extension } from '@tiptap/core'
import type { Node } from '@tiptap/pm/model'
import { type EditorState, Plugin } from '@tiptap/pm/state'
import { Decoration, DecorationSet } from '@tiptap/pm/view'

/** Says in the empty line with the caret what can be done there. The stylesheet shows the words. */
export const Placeholder = Extension.create({
  name: 'placeholder',

  addProseMirrorPlugins() {
    return [
      new Plugin({
        props: { decorations: (state) => (this.editor.isEditable ? decorationsOf(state) : undefined) },
      }),
    ]
  },
})

function decorationsOf({ doc, selection }: EditorState): DecorationSet | undefined {
  const { $anchor, empty } = selection
  const block = $anchor.parent
  if (!empty || !block.isTextblock || block.content.size > 0) return undefined
  const words = wordsFor(block)
  if (words === undefined) return undefined
  const attributes = { class: 'is-empty', 'data-placeholder': words }
  return DecorationSet.create(doc, [Decoration.node($anchor.before(), $anchor.after(), attributes)])
}

function wordsFor(block: Node): string | undefined {
  switch (block.type.name) {
    case 'heading':
      return `Heading ${block.attrs.level}`
    case 'paragraph':
      return 'Write, or type “/” for blocks'
    default:
      return undefined
  }
}
