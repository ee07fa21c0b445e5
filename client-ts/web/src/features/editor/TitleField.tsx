import { type KeyboardEvent, type RefObject, useCallback, useEffect, useRef, useSyncExternalStore } from 'react'
import * as Y from 'yjs'

import { replaceText } from './sharedText'

interface TitleFieldProps {
  text: Y.Text
  isEditable: boolean
  /** Enter or the down arrow: on to the document. */
  onLeave: () => void
}

type FieldRef = RefObject<HTMLTextAreaElement | null>

/** Characters in a title at most; the server refuses more. */
const MAX_TITLE_CHARS = 300

/** The title of a page, which others may be writing too. */
export function TitleField({ text, isEditable, onLeave }: TitleFieldProps) {
  const field = useRef<HTMLTextAreaElement>(null)
  const title = useSharedText(text)
  useFocusWhenNew(text, field, isEditable)
  const undo = useUndo(text, field)
  useKeptSelection(text, field)

  const handleKey = (event: KeyboardEvent<HTMLTextAreaElement>) => {
    const hasCommand = event.metaKey || event.ctrlKey
    const key = event.key.toLowerCase()
    if (hasCommand && (key === 'z' || key === 'y')) {
      event.preventDefault()
      if (key === 'y' || event.shiftKey) undo.current?.redo()
      else undo.current?.undo()
    } else if (event.key === 'Enter' || (event.key === 'ArrowDown' && isAtEnd(event.currentTarget))) {
      event.preventDefault()
      onLeave()
    }
  }

  return (
    // The copy behind the field gives it its height: a textarea does not grow by itself.
    <h1 className="title-field" data-text={`${title}\u200b`}>
      <textarea
        ref={field}
        rows={1}
        aria-label="Title"
        placeholder="Untitled"
        spellCheck
        readOnly={!isEditable}
        maxLength={MAX_TITLE_CHARS}
        value={title}
        onChange={(event) => replaceText(text, event.target.value.replaceAll(/\s*\n\s*/g, ' '), field)}
        onKeyDown={handleKey}
      />
    </h1>
  )
}

/** A page without a title has just been made, or waits for one. */
function useFocusWhenNew(text: Y.Text, field: FieldRef, isEditable: boolean): void {
  const isFirst = useRef(true)
  useEffect(() => {
    if (isFirst.current && isEditable && text.length === 0) field.current?.focus()
    isFirst.current = false
  }, [text, field, isEditable])
}

/** Takes back what this field wrote, which carries the field as its origin, and nothing else. */
function useUndo(text: Y.Text, field: FieldRef): RefObject<Y.UndoManager | undefined> {
  const manager = useRef<Y.UndoManager>(undefined)
  useEffect(() => {
    const made = new Y.UndoManager(text, { trackedOrigins: new Set([field]) })
    manager.current = made
    return () => made.destroy()
  }, [text, field])
  return manager
}

function useSharedText(text: Y.Text): string {
  const subscribe = useCallback(
    (changed: () => void) => {
      text.observe(changed)
      return () => text.unobserve(changed)
    },
    [text],
  )
  return useSyncExternalStore(subscribe, () => text.toString())
}

/** Keeps the caret between the same letters when others write before it. */
function useKeptSelection(text: Y.Text, field: FieldRef): void {
  useEffect(() => {
    const keep = (event: Y.YTextEvent) => {
      const element = field.current
      if (element === null || event.transaction.origin === field || document.activeElement !== element) return
      const { selectionStart, selectionEnd } = element
      const [start, end] = [selectionStart, selectionEnd].map((index) => indexAfter(event, index))
      // React writes the new value at the end of this event, which moves the caret to the end.
      queueMicrotask(() => element.setSelectionRange(start ?? 0, end ?? 0))
    }
    text.observe(keep)
    return () => text.unobserve(keep)
  }, [text, field])
}

/** Where an index has come to stand after a change made elsewhere. */
function indexAfter(event: Y.YTextEvent, index: number): number {
  let at = 0
  let after = index
  for (const { retain = 0, insert, delete: removed = 0 } of event.delta) {
    at += retain
    if (at > after) break
    if (typeof insert === 'string') {
      after += insert.length
      at += insert.length
    }
    after -= Math.min(removed, after - at)
  }
  return after
}

function isAtEnd({ selectionEnd, value }: HTMLTextAreaElement): boolean {
  return selectionEnd === value.length
}
