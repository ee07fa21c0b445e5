import { Editor, type EditorOptions } from '@tiptap/core'
import { useCallback, useEffect, useRef, useState, useSyncExternalStore } from 'react'

/**
 * An editor that lives inside an element for as long as it is mounted. `make` must not change
 * between renders; `remake` ends the editor at once and makes another one.
 */
export function useEditor(make: () => Partial<EditorOptions>) {
  const [editor, setEditor] = useState<Editor>()
  const [round, setRound] = useState(0)
  const element = useRef<HTMLDivElement>(null)
  const current = useRef<Editor>(undefined)

  const end = useCallback(() => {
    current.current?.destroy()
    current.current = undefined
    setEditor(undefined)
  }, [])

  const remake = useCallback(() => {
    end()
    setRound((round) => round + 1)
  }, [end])

  // biome-ignore lint/correctness/useExhaustiveDependencies: a new round makes a new editor.
  useEffect(() => {
    current.current = new Editor({ element: element.current, ...make() })
    setEditor(current.current)
    return end
  }, [make, end, round])

  return { editor, element, remake }
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
