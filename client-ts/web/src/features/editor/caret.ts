import type { Editor } from '@tiptap/core'
import { Selection, TextSelection } from '@tiptap/pm/state'
import { relativePositionToAbsolutePosition, ySyncPluginKey } from '@tiptap/y-tiptap'

/**
 * Puts the caret at an end of the document, at once. Tiptap's own command waits for the next frame,
 * and what is typed until then goes where the focus was.
 */
export function writeAt(editor: Editor, end: 'start' | 'end'): void {
  const { state, view } = editor
  const selection = end === 'start' ? Selection.atStart(state.doc) : Selection.atEnd(state.doc)
  view.dispatch(state.tr.setSelection(selection).scrollIntoView())
  view.focus()
}

/**
 * What puts the caret into another editor of the same content where it stood in this one before the
 * current transaction of the document, if it was here at all.
 */
export function heldCaret(editor: Editor): (other: Editor) => void {
  const held = ySyncPluginKey.getState(editor.state)?.binding.beforeTransactionSelection
  if (!editor.view.hasFocus()) return () => {}
  return (other) => {
    const { state, view } = other
    const { doc, type, mapping } = ySyncPluginKey.getState(state).binding
    const [anchor, head] = [held?.anchor, held?.head].map((position) =>
      position == null ? null : relativePositionToAbsolutePosition(doc, type, position, mapping),
    )
    if (anchor != null && head != null) {
      const selection = TextSelection.between(state.doc.resolve(anchor), state.doc.resolve(head))
      view.dispatch(state.tr.setSelection(selection))
    }
    view.focus()
  }
}
