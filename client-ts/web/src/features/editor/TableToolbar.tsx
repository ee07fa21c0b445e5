import type { Editor } from '@tiptap/core'
import { Minus, PanelTop, Plus, Trash2 } from 'lucide-react'
import type { ReactNode } from 'react'

import { Floating } from '../../ui/Floating'
import { IconButton } from '../../ui/IconButton'
import { useEditorValue } from './useEditor'

/** What can be done with the table the caret is in, above it. */
export function TableToolbar({ editor }: { editor: Editor }) {
  const isShown = useEditorValue(
    editor,
    (editor) => editor.isFocused && editor.isEditable && editor.state.selection.empty && editor.isActive('table'),
  )
  if (!isShown) return null
  const chain = () => editor.chain().focus()

  return (
    <Floating anchor={() => tableElement(editor)?.getBoundingClientRect()} side="above" align="end">
      <div
        role="toolbar"
        aria-label="Table"
        className="flex items-center p-1 text-ink-faint text-xs"
        // The caret would leave the table for the button.
        onPointerDown={(event) => event.preventDefault()}
      >
        <Group name="Row">
          <IconButton label="Add a row below" onClick={() => chain().addRowAfter().run()}>
            <Plus className="size-4" aria-hidden />
          </IconButton>
          <IconButton label="Delete the row" onClick={() => chain().deleteRow().run()}>
            <Minus className="size-4" aria-hidden />
          </IconButton>
        </Group>
        <Group name="Column">
          <IconButton label="Add a column to the right" onClick={() => chain().addColumnAfter().run()}>
            <Plus className="size-4" aria-hidden />
          </IconButton>
          <IconButton label="Delete the column" onClick={() => chain().deleteColumn().run()}>
            <Minus className="size-4" aria-hidden />
          </IconButton>
        </Group>
        <IconButton label="Header row" onClick={() => chain().toggleHeaderRow().run()}>
          <PanelTop className="size-4" aria-hidden />
        </IconButton>
        <IconButton label="Delete the table" onClick={() => chain().deleteTable().run()}>
          <Trash2 className="size-4" aria-hidden />
        </IconButton>
      </div>
    </Floating>
  )
}

function Group({ name, children }: { name: string; children: ReactNode }) {
  return (
    <span className="mr-1 flex items-center border-line border-r pr-1 pl-2">
      {name}
      {children}
    </span>
  )
}

function tableElement(editor: Editor): Element | null {
  const { node } = editor.view.domAtPos(editor.state.selection.from)
  const element = node instanceof Element ? node : node.parentElement
  return element?.closest('table') ?? null
}
