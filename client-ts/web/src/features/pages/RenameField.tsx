import { useEffect, useRef } from 'react'

import { useRenamePage } from './changes'
import type { PageNode } from './tree'

/** Characters in a title at most; the server refuses more. */
const MAX_TITLE_CHARS = 300

interface RenameFieldProps {
  page: PageNode
  /** By a key the focus is left over; otherwise it has gone elsewhere. */
  onDone: (by: 'key' | 'leaving') => void
}

/** The title of a row as a field: Enter and leaving keep it, Escape does not. */
export function RenameField({ page, onDone }: RenameFieldProps) {
  const field = useRef<HTMLInputElement>(null)
  const { mutate: rename } = useRenamePage()

  useEffect(() => field.current?.select(), [])

  const keep = (by: 'key' | 'leaving') => {
    const title = field.current?.value.trim() ?? page.title
    if (title !== page.title) rename({ page, title })
    onDone(by)
  }

  return (
    <input
      ref={field}
      aria-label="Title"
      defaultValue={page.title}
      maxLength={MAX_TITLE_CHARS}
      className="h-6 min-w-0 flex-1 rounded border border-line-strong bg-canvas px-1 text-sm outline-none focus:border-accent pointer-coarse:h-9"
      onBlur={() => keep('leaving')}
      onKeyDown={(event) => {
        if (event.key !== 'Enter' && event.key !== 'Escape') return
        // The key is not for the link that gets the focus.
        event.preventDefault()
        if (event.key === 'Enter') keep('key')
        else onDone('key')
      }}
    />
  )
}
