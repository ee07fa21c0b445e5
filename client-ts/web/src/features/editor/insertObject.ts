import type { ChainedCommands, Command, JSONContent } from '@tiptap/core'
import { NodeSelection, TextSelection } from '@tiptap/pm/state'

/** Puts in something that holds no text, and the caret into a paragraph below it. */
export function insertObject(chain: ChainedCommands, object: JSONContent): ChainedCommands {
  return chain.insertContent(object).command(writeBelow)
}

/** What is inserted is selected where nothing else takes the caret, and the next letter would replace it. */
const writeBelow: Command = ({ commands, dispatch, tr }) => {
  if (dispatch === undefined || !(tr.selection instanceof NodeSelection)) return true
  const { $to } = tr.selection
  if ($to.nodeAfter?.type.name !== 'paragraph') commands.insertContentAt($to.pos, { type: 'paragraph' })
  tr.setSelection(TextSelection.create(tr.doc, $to.pos + 1)).scrollIntoView()
  return true
}
