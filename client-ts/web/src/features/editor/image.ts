import { type Editor, mergeAttributes, Node, nodeInputRule } from '@tiptap/core'

import { insertObject } from './insertObject'

const MARKDOWN_IMAGE = /(?:^|\s)(!\[(.*?)\]\((https?:\/\/\S+?)\))$/

/** An image somewhere on the web, by its address. */
export const Image = Node.create({
  name: 'image',
  group: 'block',
  draggable: true,

  addAttributes() {
    return { src: { default: null }, alt: { default: null }, title: { default: null } }
  },

  parseHTML() {
    // What is pasted may hold whole images as data: URLs, far too large for a document that is synced.
    return [{ tag: 'img[src]:not([src^="data:"])' }]
  },

  renderHTML({ HTMLAttributes }) {
    // The address of the page it stands on is nobody else's business.
    return ['img', mergeAttributes(HTMLAttributes, { loading: 'lazy', referrerpolicy: 'no-referrer' })]
  },

  addInputRules() {
    return [
      nodeInputRule({
        find: MARKDOWN_IMAGE,
        type: this.type,
        getAttributes: ([, , alt, src]) => ({ src, alt }),
      }),
    ]
  },
})

/** Inserts an image where the caret is. The caret goes below it, and is followed there once the image has its height. */
export function insertImage(editor: Editor, image: { src: string; alt: string }): void {
  if (!insertObject(editor.chain().focus(), { type: Image.name, attrs: image }).run()) return
  const { $from } = editor.state.selection
  const element = editor.view.nodeDOM($from.before() - 1)
  const follow = () => {
    if (!editor.isDestroyed) editor.commands.scrollIntoView()
  }
  element?.addEventListener('load', follow, { once: true })
}
