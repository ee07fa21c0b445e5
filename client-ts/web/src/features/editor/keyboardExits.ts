import { Extension } from '@tiptap/core'
import type { ResolvedPos } from '@tiptap/pm/model'

/** Ways out for the keyboard, where a document would otherwise hold the caret. */
export const KeyboardExits = Extension.create({
  name: 'keyboardExits',

  addKeyboardShortcuts() {
    return {
      // Tab indents lists and walks through tables, so it does not lead out of the document.
      Escape: () => this.editor.commands.blur(),

      // Below a table, a list or a code block at the very end there is nothing to go to.
      ArrowDown: () => {
        const { state, view } = this.editor
        const { selection, doc } = state
        const { $head } = selection
        if (!selection.empty || $head.depth < 2 || !isInLastRow($head) || !view.endOfTextblock('down')) return false
        return this.editor.chain().insertContentAt(doc.content.size, { type: 'paragraph' }).focus('end').run()
      },
    }
  },
})

/** Whether everything around a position is the last of its kind, except that all cells of a row are level. */
function isInLastRow($position: ResolvedPos): boolean {
  for (let depth = 0; depth < $position.depth; depth += 1) {
    const isRow = $position.node(depth).type.name === 'tableRow'
    if (!isRow && $position.index(depth) < $position.node(depth).childCount - 1) return false
  }
  return true
}
