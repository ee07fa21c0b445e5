import { InputRule, Mark, markPasteRule, mergeAttributes } from '@tiptap/core'
import type { MarkType } from '@tiptap/pm/model'
import { Plugin } from '@tiptap/pm/state'
import type { EditorView } from '@tiptap/pm/view'

declare module '@tiptap/core' {
  interface Commands<ReturnType> {
    link: {
      setLink: (href: string) => ReturnType
      unsetLink: () => ReturnType
    }
  }
}

const WEB_ADDRESS = /https?:\/\/[^\s<>"']*[^\s<>"'.,;:!?)\]]/
const ADDRESS_BEFORE_CARET = new RegExp(`(?:^|\\s)(${WEB_ADDRESS.source})[.,;:!?)\\]]*$`)
const MARKDOWN_LINK = /(?:^|[^!])\[([^\]]+)\]\((\S+?)\)$/

/** Schemes a link may have. Others, above all `javascript:`, could run as this page. */
const SAFE_SCHEMES = new Set(['http:', 'https:', 'mailto:', 'tel:'])

/** The address as it may be linked to, or undefined if it may not; `example.com` is taken as a web address. */
export function safeHref(text: string): string | undefined {
  const address = text.trim()
  if (address === '') return undefined
  if (address.startsWith('/') || address.startsWith('#')) return address
  const candidate = /^[a-z][a-z0-9+.-]*:/i.test(address) ? address : `https://${address}`
  if (!URL.canParse(candidate)) return undefined
  return SAFE_SCHEMES.has(new URL(candidate).protocol) ? candidate : undefined
}

/** Text that leads somewhere. Written as an address, as Markdown, by pasting, or from the toolbar. */
export const Link = Mark.create({
  name: 'link',
  priority: 1000,
  // Typing at the end of a link goes on outside of it.
  inclusive: false,

  addAttributes() {
    return { href: { default: null }, title: { default: null } }
  },

  parseHTML() {
    return [
      { tag: 'a[href]', getAttrs: (element) => safeHref(element.getAttribute('href') ?? '') !== undefined && null },
    ]
  },

  renderHTML({ HTMLAttributes }) {
    const { href, ...rest } = HTMLAttributes
    // Others may have written anything into the document.
    const safe = typeof href === 'string' ? safeHref(href) : undefined
    return ['a', mergeAttributes(rest, { href: safe, target: '_blank', rel: 'noopener noreferrer nofollow' }), 0]
  },

  addCommands() {
    return {
      setLink:
        (href) =>
        ({ commands }) =>
          commands.setMark(this.name, { href }),
      unsetLink:
        () =>
        ({ commands }) =>
          commands.unsetMark(this.name, { extendEmptyMarkRange: true }),
    }
  },

  addInputRules() {
    return [
      new InputRule({
        find: MARKDOWN_LINK,
        handler: ({ state, range, match: [whole, text = '', address = ''] }) => {
          const href = safeHref(address)
          if (href === undefined) return null
          const from = range.from + whole.indexOf('[')
          state.tr.replaceWith(from, range.to, state.schema.text(text, [this.type.create({ href })]))
          state.tr.removeStoredMark(this.type)
          return undefined
        },
      }),
    ]
  },

  addPasteRules() {
    return [
      markPasteRule({
        find: new RegExp(WEB_ADDRESS.source, 'g'),
        type: this.type,
        getAttributes: ([href]) => ({ href }),
      }),
    ]
  },

  addProseMirrorPlugins() {
    const { editor, type } = this
    return [
      new Plugin({
        props: {
          // What ends a word makes an address before it a link; then it is typed as usual.
          handleTextInput(view, _from, _to, typed) {
            if (typed === ' ') linkBeforeCaret(view, type)
            return false
          },
          handleKeyDown(view, event) {
            if (event.key === 'Enter') linkBeforeCaret(view, type)
            return false
          },
          // An address pasted over words makes them a link instead of replacing them.
          handlePaste(view, event) {
            const text = event.clipboardData?.getData('text/plain').trim() ?? ''
            const { empty } = view.state.selection
            if (empty || !new RegExp(`^${WEB_ADDRESS.source}$`).test(text)) return false
            return editor.commands.setMark(type, { href: text })
          },
          handleClick(_view, _position, event) {
            const link = event.target instanceof Element ? event.target.closest('a') : null
            const wantsToGo = event.metaKey || event.ctrlKey || !editor.isEditable
            if (link === null || !wantsToGo) return false
            window.open(link.href, '_blank', 'noopener')
            return true
          },
        },
      }),
    ]
  },
})

function linkBeforeCaret({ state, dispatch }: EditorView, type: MarkType): void {
  const { $from, empty } = state.selection
  if (!empty || $from.parent.type.spec.code) return
  const before = $from.parent.textBetween(0, $from.parentOffset, undefined, '\ufffc')
  const match = ADDRESS_BEFORE_CARET.exec(before)
  if (match === null) return
  const [whole, href = ''] = match
  const from = $from.pos - whole.length + whole.indexOf(href)
  dispatch(state.tr.addMark(from, from + href.length, type.create({ href })))
}
