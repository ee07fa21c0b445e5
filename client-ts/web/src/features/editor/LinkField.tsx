import type { Editor } from '@tiptap/core'
import { Check, Unlink } from 'lucide-react'
import { type FormEvent, useLayoutEffect, useRef, useState } from 'react'

import { IconButton } from '../../ui/IconButton'
import { safeHref } from './link'

/** Asks where the selected text shall lead. */
export function LinkField({ editor, onDone }: { editor: Editor; onDone: () => void }) {
  const [isWrong, setIsWrong] = useState(false)
  const field = useRef<HTMLInputElement>(null)
  const current = editor.getAttributes('link').href as string | undefined

  useLayoutEffect(() => field.current?.select(), [])

  // At once, and not with the next frame: what is typed next belongs to the text.
  const leave = () => {
    editor.view.focus()
    onDone()
  }

  const keep = (event: FormEvent) => {
    event.preventDefault()
    const href = safeHref(field.current?.value ?? '')
    if (href === undefined) {
      setIsWrong(true)
      return
    }
    editor.chain().extendMarkRange('link').setLink(href).run()
    leave()
  }

  const remove = () => {
    editor.chain().extendMarkRange('link').unsetLink().run()
    leave()
  }

  return (
    <form className="flex items-center gap-0.5 p-1" onSubmit={keep}>
      <input
        ref={field}
        aria-label="Address"
        aria-invalid={isWrong}
        placeholder="https://"
        defaultValue={current}
        className="h-8 w-56 rounded-md bg-transparent px-2 text-sm outline-none placeholder:text-ink-faint aria-invalid:text-bad pointer-coarse:h-11"
        onChange={() => setIsWrong(false)}
      />
      {current !== undefined && (
        <IconButton label="Remove the link" onClick={remove}>
          <Unlink className="size-4" aria-hidden />
        </IconButton>
      )}
      <IconButton label="Keep the link" onClick={keep}>
        <Check className="size-4" aria-hidden />
      </IconButton>
    </form>
  )
}
