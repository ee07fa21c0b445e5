import type { Room } from '@gala/client'
import { useSnapshot } from '@gala/react'
import type { Editor } from '@tiptap/core'
import { type PointerEvent, useCallback, useRef } from 'react'

import { DocumentEditor } from './DocumentEditor'
import { PageSkeleton } from './PageSkeleton'
import { TitleField } from './TitleField'

/** A page to read and to write in: its title and its document. */
export function PageEditor({ room }: { room: Room }) {
  const { isLoaded, access, status } = useSnapshot(room)
  const editor = useRef<Editor>(undefined)
  const isEditable = access === 'write' && status !== 'denied'
  const keepEditor = useCallback((ready: Editor | undefined) => {
    editor.current = ready
  }, [])

  if (!isLoaded) return <PageSkeleton />

  // The empty space below the text belongs to the text.
  const writeBelow = (event: PointerEvent) => {
    if (event.target !== event.currentTarget || !isEditable) return
    event.preventDefault()
    writeAtEnd(editor.current)
  }

  return (
    <article className="page-sheet" onPointerDown={writeBelow}>
      <TitleField
        text={room.doc.getText('title')}
        isEditable={isEditable}
        onLeave={() => editor.current?.commands.focus('start')}
      />
      <DocumentEditor room={room} isEditable={isEditable} onReady={keepEditor} />
    </article>
  )
}

/** Puts the caret into an empty paragraph at the end, which is made if there is none. */
function writeAtEnd(editor: Editor | undefined): void {
  if (editor === undefined) return
  const { doc } = editor.state
  const isEmpty = doc.lastChild?.type.name === 'paragraph' && doc.lastChild.content.size === 0
  if (isEmpty) editor.commands.focus('end')
  else editor.chain().insertContentAt(doc.content.size, { type: 'paragraph' }).focus('end').run()
}
