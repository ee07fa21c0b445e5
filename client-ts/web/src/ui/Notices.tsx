import { X } from 'lucide-react'

import { IconButton } from './IconButton'
import { dismiss, useNotices } from './notices'

/** The notices of the moment, at the bottom of the window. */
export function Notices() {
  const notices = useNotices()
  return (
    <div
      role="status"
      className="pointer-events-none fixed inset-x-0 bottom-4 z-20 flex flex-col items-center gap-2 px-3"
    >
      {notices.map(({ id, text, isError, action }) => (
        <div
          key={id}
          className="pointer-events-auto flex max-w-full items-center gap-1 rounded-lg bg-raised py-1 pr-1 pl-4 text-sm shadow-raised"
        >
          <span className={isError ? 'text-bad' : ''}>{text}</span>
          {action !== undefined && (
            <button
              type="button"
              className="ml-2 min-h-8 rounded-md px-2 font-medium text-link hover:bg-hover pointer-coarse:min-h-11"
              onClick={() => {
                dismiss(id)
                action.run()
              }}
            >
              {action.label}
            </button>
          )}
          <IconButton label="Dismiss" onClick={() => dismiss(id)}>
            <X className="size-4" aria-hidden />
          </IconButton>
        </div>
      ))}
    </div>
  )
}
