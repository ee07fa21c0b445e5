import { Editor, type EditorOptions } from '@tiptap/core'
import { type RefObject, useCallback, useLayoutEffect, useRef, useState, useSyncExternalStore } from 'react'

/** The editor there is now, also between two renders. */
export type EditorRef = RefObject<Editor | undefined>

/**
 * An editor that lives inside an element for as long as it is mounted. `make` must not change
 * between renders; `end` ends the editor at once, and `begin` makes another one.
 */
export function useEditor(make: () => Partial<EditorOptions>, current: EditorRef) {
  const [editor, setEditor] = useState<Editor>()
  const element = useRef<HTMLDivElement>(null)

  const end = useCallback(() => {
    current.current?.destroy()
    current.current = undefined
    setEditor(undefined)
  }, [current])

  const begin = useCallback(() => {
    current.current = new Editor({ element: element.current, ...make() })
    setEditor(current.current)
  }, [make, current])

  // Before anything is shown: nobody can type anywhere on the page while the editor is still missing.
  useLayoutEffect(() => {
    begin()
    return end
  }, [begin, end])

  return { editor, element, begin, end }
}

/** Something read from the editor after each of its transactions. It must be a primitive, or the same object. */
export function useEditorValue<Value>(editor: Editor, read: (editor: Editor) => Value): Value {
  const subscribe = useCallback(
    (changed: () => void) => {
      const events = ['transaction', 'focus', 'blur'] as const
      for (const event of events) editor.on(event, changed)
      return () => {
        for (const event of events) editor.off(event, changed)
      }
    },
    [editor],
  )
  return useSyncExternalStore(subscribe, () => read(editor))
}
