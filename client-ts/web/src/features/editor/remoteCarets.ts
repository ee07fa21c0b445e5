import type { Principal } from '@gala/client'
import { Extension } from '@tiptap/core'
import { yCursorPlugin } from '@tiptap/y-tiptap'
import type { Awareness } from 'y-protocols/awareness'

/**
 * The carets and selections of the others, with their names. Tiptap's own extension announces a
 * name of its own choosing; here the server says who is who, and whom it has not named is not shown.
 */
export const RemoteCarets = Extension.create<{ awareness: Awareness | undefined }>({
  name: 'remoteCarets',

  addOptions() {
    return { awareness: undefined }
  },

  addProseMirrorPlugins() {
    if (this.options.awareness === undefined) return []
    return [
      yCursorPlugin(this.options.awareness, {
        awarenessStateFilter: (ownId: number, id: number, state: { user?: unknown } | null) =>
          ownId !== id && state?.user !== undefined,
        cursorBuilder: renderCaret,
        selectionBuilder: (user: Principal) => ({ class: 'remote-selection', style: `--caret: ${user.color}` }),
      }),
    ]
  },
})

function renderCaret(user: Principal): HTMLElement {
  const caret = document.createElement('span')
  caret.className = 'remote-caret'
  caret.style.setProperty('--caret', user.color)
  const label = document.createElement('span')
  label.className = 'remote-caret-name'
  // The stylesheet shows it: as text it would be part of what is read out and copied.
  label.dataset.name = user.name
  // Word joiners: without them a caret at the end of a line would hide the browser's own.
  caret.append('\u2060', label, '\u2060')
  return caret
}
