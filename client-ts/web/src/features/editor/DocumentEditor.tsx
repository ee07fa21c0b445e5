import type { Room } from '@gala/client'
import type { Editor, EditorOptions } from '@tiptap/core'
import { Collaboration } from '@tiptap/extension-collaboration'
// One by one: the index of the package also brings a history, and undo is the collaboration's.
import { Dropcursor } from '@tiptap/extensions/drop-cursor'
import { Gapcursor } from '@tiptap/extensions/gap-cursor'
import { lazy, Suspense, useCallback, useEffect, useLayoutEffect, useMemo, useState } from 'react'
import type { Transaction } from 'yjs'

import { heldCaret } from './caret'
import { ForeignContent } from './foreignContent'
import { KeyboardExits } from './keyboardExits'
import { Placeholder } from './placeholder'
import { ReadOnly } from './readOnly'
import { RemoteCarets } from './remoteCarets'
import { pageSchema } from './schema'
import { SlashTrigger } from './slashTrigger'
import { type EditorRef, useEditor } from './useEditor'

const EditorMenus = lazy(() => import('./EditorMenus').then(({ EditorMenus }) => ({ default: EditorMenus })))

interface DocumentEditorProps {
  room: Room
  isEditable: boolean
  /** Where others find the editor. */
  editorRef: EditorRef
}

/** The body of a page, live. */
export function DocumentEditor({ room, isEditable, editorRef }: DocumentEditorProps) {
  const { editor, element } = useRoomEditor(room, editorRef)

  useLayoutEffect(() => {
    editor?.setEditable(isEditable, false)
  }, [editor, isEditable])

  return (
    <>
      <div ref={element} className="document" />
      {editor !== undefined && isEditable && <MenusOnceFocused key={editor.instanceId} editor={editor} />}
    </>
  )
}

/** An editor on the content of a room, made anew when the room holds what its schema does not know. */
function useRoomEditor(room: Room, editorRef: EditorRef) {
  const foreign = useMemo(() => new ForeignContent(room.doc.getXmlFragment('content')), [room])
  const make = useCallback(() => editorFor(room, foreign), [room, foreign])
  const { begin, end, ...made } = useEditor(make, editorRef)

  // With the editor, which no change may reach unchecked.
  useLayoutEffect(() => {
    let restore: ((editor: Editor) => void) | undefined
    // Before the observers are called, of which the binding is one.
    const check = (transaction: Transaction) => {
      const editor = editorRef.current
      if (!foreign.readChanges(transaction) || editor === undefined) return
      restore = heldCaret(editor)
      end()
    }
    // In the same turn, so that no key is pressed while there is no editor.
    const renew = () => {
      if (restore === undefined) return
      begin()
      if (editorRef.current !== undefined) restore(editorRef.current)
      restore = undefined
    }
    room.doc.on('beforeObserverCalls', check)
    room.doc.on('afterTransaction', renew)
    return () => {
      room.doc.off('beforeObserverCalls', check)
      room.doc.off('afterTransaction', renew)
    }
  }, [room, foreign, editorRef, begin, end])

  return made
}

/** Whoever only reads never fetches the menus. */
function MenusOnceFocused({ editor }: { editor: Editor }) {
  const [wasFocused, setWasFocused] = useState(editor.isFocused)

  useEffect(() => {
    const remember = () => setWasFocused(true)
    editor.on('focus', remember)
    return () => {
      editor.off('focus', remember)
    }
  }, [editor])

  if (!wasFocused) return null
  return (
    <Suspense>
      <EditorMenus editor={editor} />
    </Suspense>
  )
}

function editorFor(room: Room, foreign: ForeignContent): Partial<EditorOptions> {
  return {
    // Tiptap would add a style element, which the content security policy forbids; see document.css.
    injectCSS: false,
    // Also while it may only be read: the caret survives a change of access, and the keyboard scrolls.
    coreExtensionOptions: { tabindex: { value: '0' } },
    editorProps: {
      attributes: { 'aria-label': 'Page content', 'aria-multiline': 'true', role: 'textbox', spellcheck: 'true' },
    },
    extensions: [
      ...pageSchema,
      ...foreign.extensions(),
      Dropcursor.configure({ color: false, class: 'drop-cursor' }),
      Gapcursor,
      Placeholder,
      Collaboration.configure({ fragment: room.doc.getXmlFragment('content') }),
      RemoteCarets.configure({ awareness: room.awareness }),
      SlashTrigger,
      KeyboardExits,
      ReadOnly,
    ],
  }
}
