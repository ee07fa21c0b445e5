import type { Room, RoomAccess } from '@gala/client'
import { useSnapshot } from '@gala/react'
import type { Editor } from '@tiptap/core'
import { type MouseEvent, useRef } from 'react'

import { writeAt } from './caret'
import { DocumentEditor } from './DocumentEditor'
import { PageSkeleton } from './PageSkeleton'
import { TitleField } from './TitleField'

interface PageEditorProps {
  room: Room
  /** What one may do as far as is known before the room has said it. */
  access: RoomAccess
}

/** A page to read and to write in: its title and its document. */
export function PageEditor({ room, access }: PageEditorProps) {
  const { isLoaded, isSynced, status, access: presentAccess } = useSnapshot(room)
  const editor = useRef<Editor>(undefined)
  const isEditable = status !== 'denied' && (isSynced ? presentAccess : access) === 'write'

  if (!isLoaded) return <PageSkeleton />

  // The empty space below the text belongs to the text. Pressing the mouse is what moves the focus.
  const writeBelow = (event: MouseEvent) => {
    if (event.target !== event.currentTarget || !isEditable) return
    event.preventDefault()
    writeAtEnd(editor.current)
  }

  return (
    <article className="page-sheet" onMouseDown={writeBelow}>
      <TitleField
        text={room.doc.getText('title')}
        isEditable={isEditable}
        onLeave={() => editor.current !== undefined && writeAt(editor.current, 'start')}
      />
      <DocumentEditor room={room} isEditable={isEditable} editorRef={editor} />
    </article>
  )
}

/** Puts the caret into an empty paragraph at the end, which is made if there is none. */
function writeAtEnd(editor: Editor | undefined): void {
  if (editor === undefined) return
  const { doc } = editor.state
  const isEmpty = doc.lastChild?.type.name === 'paragraph' && doc.lastChild.content.size === 0
  if (!isEmpty) editor.commands.insertContentAt(doc.content.size, { type: 'paragraph' })
  writeAt(editor, 'end')
}
