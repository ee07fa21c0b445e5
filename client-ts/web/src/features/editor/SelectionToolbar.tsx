import type { Editor } from '@tiptap/core'
import { AllSelection, TextSelection } from '@tiptap/pm/state'
import { Bold, ChevronDown, Code, ExternalLink, Italic, Link2, type LucideIcon, Strikethrough } from 'lucide-react'
import { useState } from 'react'

import { Floating } from '../../ui/Floating'
import { IconButton } from '../../ui/IconButton'
import { textBlocks } from './blocks'
import { LinkField } from './LinkField'
import { useEditorValue } from './useEditor'

const marks: { name: string; label: string; icon: LucideIcon; toggle: (editor: Editor) => void }[] = [
  { name: 'bold', label: 'Bold', icon: Bold, toggle: (editor) => editor.chain().focus().toggleBold().run() },
  { name: 'italic', label: 'Italic', icon: Italic, toggle: (editor) => editor.chain().focus().toggleItalic().run() },
  {
    name: 'strike',
    label: 'Strike through',
    icon: Strikethrough,
    toggle: (editor) => editor.chain().focus().toggleStrike().run(),
  },
  { name: 'code', label: 'Code', icon: Code, toggle: (editor) => editor.chain().focus().toggleCode().run() },
]

/** What can be done with the selected text, beside it. */
export function SelectionToolbar({ editor }: { editor: Editor }) {
  const [isLinking, setIsLinking] = useState(false)
  const isShown = useEditorValue(editor, hasTextSelected)
  if (!isShown && !isLinking) return null

  const anchor = () => {
    const { from, to } = editor.state.selection
    const start = editor.view.coordsAtPos(from)
    const end = editor.view.coordsAtPos(to, -1)
    return { left: start.left, right: Math.max(start.left, end.right), top: start.top, bottom: end.bottom }
  }

  return (
    <Floating
      anchor={anchor}
      side="above"
      align="center"
      {...(isLinking ? { onDismiss: () => setIsLinking(false) } : {})}
    >
      {isLinking ? (
        <LinkField editor={editor} onDone={() => setIsLinking(false)} />
      ) : (
        <ToolbarButtons editor={editor} onLink={() => setIsLinking(true)} />
      )}
    </Floating>
  )
}

function ToolbarButtons({ editor, onLink }: { editor: Editor; onLink: () => void }) {
  const active = useEditorValue(editor, (editor) => marks.filter(({ name }) => editor.isActive(name)).join())
  const href = useEditorValue(editor, (editor) => editor.getAttributes('link').href as string | undefined)
  return (
    <div
      role="toolbar"
      aria-label="Selected text"
      className="flex items-center gap-0.5 p-1"
      data-active={active}
      // The text would lose its selection to the button.
      onPointerDown={(event) => event.preventDefault()}
    >
      <BlockMenu editor={editor} />
      <span className="mx-0.5 h-5 w-px bg-line-strong" />
      {marks.map(({ name, label, icon: Icon, toggle }) => (
        <IconButton key={name} label={label} aria-pressed={editor.isActive(name)} onClick={() => toggle(editor)}>
          <Icon className="size-4" aria-hidden />
        </IconButton>
      ))}
      <IconButton label="Link" aria-pressed={href !== undefined} onClick={onLink}>
        <Link2 className="size-4" aria-hidden />
      </IconButton>
      {href !== undefined && (
        <IconButton label="Open the link" onClick={() => window.open(href, '_blank', 'noopener')}>
          <ExternalLink className="size-4" aria-hidden />
        </IconButton>
      )}
    </div>
  )
}

function BlockMenu({ editor }: { editor: Editor }) {
  const current = textBlocks.findLast((block) => block.isActive?.(editor) === true)?.name ?? 'Text'
  return (
    <label className="relative flex min-h-8 items-center gap-1 rounded-md pr-1.5 pl-2.5 text-sm hover:bg-hover has-focus-visible:outline-2 has-focus-visible:outline-accent pointer-coarse:min-h-11">
      {current}
      <ChevronDown className="size-3.5 text-ink-faint" aria-hidden />
      <select
        aria-label="Turn into"
        value={current}
        className="absolute inset-0 cursor-pointer opacity-0"
        onPointerDown={(event) => event.stopPropagation()}
        onChange={(event) => {
          const block = textBlocks.find(({ name }) => name === event.target.value)
          block?.apply(editor.chain().focus().clearNodes()).run()
        }}
      >
        {textBlocks.map(({ name }) => (
          <option key={name}>{name}</option>
        ))}
      </select>
    </label>
  )
}

function hasTextSelected(editor: Editor): boolean {
  const { selection, doc } = editor.state
  const isText = selection instanceof TextSelection || selection instanceof AllSelection
  if (!editor.isFocused || !editor.isEditable || selection.empty || !isText) return false
  return !editor.isActive('codeBlock') && doc.textBetween(selection.from, selection.to).trim() !== ''
}
