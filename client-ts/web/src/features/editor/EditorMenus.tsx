import type { Editor } from '@tiptap/core'
import { useState } from 'react'

import { ImageDialog } from './ImageDialog'
import { insertImage } from './image'
import { SelectionToolbar } from './SelectionToolbar'
import { SlashMenu } from './SlashMenu'
import { TableToolbar } from './TableToolbar'

/** Everything that floats over a document while it is written. */
export function EditorMenus({ editor }: { editor: Editor }) {
  const [isPickingImage, setIsPickingImage] = useState(false)

  return (
    <>
      <SlashMenu editor={editor} onInsertImage={() => setIsPickingImage(true)} />
      <SelectionToolbar editor={editor} />
      <TableToolbar editor={editor} />
      {isPickingImage && (
        <ImageDialog
          onClose={() => setIsPickingImage(false)}
          onInsert={(image) => {
            setIsPickingImage(false)
            insertImage(editor, image)
          }}
        />
      )}
    </>
  )
}
