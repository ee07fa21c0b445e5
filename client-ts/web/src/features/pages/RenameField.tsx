import { useEffect, useRef } from 'react'

import { useRenamePage } from './changes'
import type { PageNode } from './tree'

/** Characters in a title at most; the server refuses more. */
const MAX_TITLE_CHARS = 300

/** The title of a row as a field: Enter and leaving keep it, Escape does not. */
export function RenameField({ page, onDone }: { page: PageNode; onDone: () => void }) {
  const field = useRef<HTMLInputElement>(null)
  const { mutate: rename } = useRenamePage()

  useEffect(() => field.current?.select(), [])

  const keep = () => {
    const title = field.current?.value.trim() ?? page.title
    if (title !== page.title) rename({ page, title })
    onDone()
  }

  return (
    <input
      ref={field}
      aria-label="Title"
      defaultValue={page.title}
      maxLength={MAX_TITLE_CHARS}
      className="h-6 min-w-0 flex-1 rounded border border-line-strong bg-canvas px-1 text-sm outline-none focus:border-accent pointer-coarse:h-9"
      onBlur={keep}
      onKeyDown={(event) => {
        if (event.key === 'Enter') keep()
        if (event.key === 'Escape') onDone()
      }}
    />
  )
}
