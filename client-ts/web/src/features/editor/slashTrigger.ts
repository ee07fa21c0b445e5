import { Extension } from '@tiptap/core'
import { type EditorState, Plugin, PluginKey, TextSelection } from '@tiptap/pm/state'

/** A slash somebody is typing a command after. */
export interface SlashQuery {
  /** Where the slash stands. */
  from: number
  /** Where the text after it ends. */
  to: number
  /** The text after it. */
  text: string
}

/** What shows the commands, and is asked about keys first. True: the key has been used. */
export interface SlashListener {
  changed(): void
  keyPressed(event: KeyboardEvent): boolean
}

interface TriggerState {
  query: SlashQuery | undefined
  /** A slash that was dismissed stays so while the caret is behind it. */
  dismissedAt: number | undefined
}

const BEFORE_CARET = /(?:^|\s)\/([\p{L}\p{N} ]{0,30})$/u
const key = new PluginKey<TriggerState>('slashTrigger')

/** Notices a slash at the start of a word, and lends the keyboard to what is shown for it. */
export const SlashTrigger = Extension.create<object, { listener: SlashListener | undefined }>({
  name: 'slashTrigger',
  // Before the lists and the keymap, which also want Enter and Tab.
  priority: 2000,

  addStorage() {
    return { listener: undefined }
  },

  addProseMirrorPlugins() {
    const { storage } = this
    return [
      new Plugin<TriggerState>({
        key,
        state: {
          init: () => ({ query: undefined, dismissedAt: undefined }),
          apply: (transaction, before, _old, state) => {
            const query = queryIn(state)
            if (transaction.getMeta(key) === 'dismiss') return { query: undefined, dismissedAt: query?.from }
            if (query === undefined) return { query, dismissedAt: undefined }
            const dismissedAt =
              before.dismissedAt === undefined ? undefined : transaction.mapping.map(before.dismissedAt)
            return query.from === dismissedAt ? { query: undefined, dismissedAt } : { query, dismissedAt: undefined }
          },
        },
        view: () => ({ update: () => storage.listener?.changed() }),
        props: {
          handleKeyDown(view, event) {
            if (key.getState(view.state)?.query === undefined) return false
            if (event.key === 'Escape') {
              view.dispatch(view.state.tr.setMeta(key, 'dismiss'))
              return true
            }
            return storage.listener?.keyPressed(event) ?? false
          },
        },
      }),
    ]
  },
})

/** The slash command that is being typed now. */
export function slashQuery(state: EditorState): SlashQuery | undefined {
  return key.getState(state)?.query
}

function queryIn(state: EditorState): SlashQuery | undefined {
  const { selection } = state
  if (!(selection instanceof TextSelection) || !selection.empty) return undefined
  const { $from } = selection
  if ($from.parent.type.spec.code) return undefined
  // An object in the text (an image, a break) counts as one letter.
  const before = $from.parent.textBetween(0, $from.parentOffset, undefined, '\ufffc')
  const match = BEFORE_CARET.exec(before)
  if (match === null) return undefined
  const text = match[1] ?? ''
  return { from: $from.pos - text.length - 1, to: $from.pos, text }
}

declare module '@tiptap/core' {
  interface Storage {
    slashTrigger: { listener: SlashListener | undefined }
  }
}
