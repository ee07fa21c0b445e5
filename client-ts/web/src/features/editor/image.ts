import { mergeAttributes, Node, nodeInputRule } from '@tiptap/core'

declare module '@tiptap/core' {
  interface Commands<ReturnType> {
    image: {
      setImage: (image: { src: string; alt: string }) => ReturnType
    }
  }
}

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

  addCommands() {
    return {
      setImage:
        (image) =>
        ({ commands }) =>
          commands.insertContent({ type: this.name, attrs: image }),
    }
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
