import { Extension } from '@tiptap/core'
import { Plugin } from '@tiptap/pm/state'
import { ySyncPluginKey } from '@tiptap/y-tiptap'

/**
 * While the document may only be read, nothing but what others write changes it, whichever way a
 * change comes: a key that was on its way, a drop, a plugin that tidies up.
 */
export const ReadOnly = Extension.create({
  name: 'readOnly',

  addProseMirrorPlugins() {
    const { editor } = this
    return [
      new Plugin({
        props: { attributes: () => ({ 'aria-readonly': String(!editor.isEditable) }) },
        filterTransaction: (transaction) =>
          editor.isEditable || !transaction.docChanged || transaction.getMeta(ySyncPluginKey) !== undefined,
      }),
    ]
  },
})
