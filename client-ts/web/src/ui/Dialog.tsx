import { type ReactNode, useEffect, useRef } from 'react'

interface DialogProps {
  /** Read out when it opens. */
  label: string
  onClose: () => void
  /** `sheet` floats in the middle; `drawer` slides in from the left. */
  kind?: 'sheet' | 'drawer'
  className?: string
  children: ReactNode
}

/** A modal dialog: the rest of the page is out of reach, Escape and a press outside close it. */
export function Dialog({ label, onClose, kind = 'sheet', className = '', children }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null)

  useEffect(() => {
    const element = dialog.current
    element?.showModal()
    return () => element?.close()
  }, [])

  const look =
    kind === 'sheet'
      ? 'm-auto mt-[12vh] w-[min(36rem,calc(100vw-1.5rem))] rounded-xl'
      : 'm-0 h-dvh max-h-none w-[min(20rem,86vw)]'

  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Escape is what the keyboard has for it, and the browser does that.
    <dialog
      ref={dialog}
      aria-label={label}
      className={`${kind} ${look} max-h-[76vh] overflow-hidden bg-raised p-0 text-ink shadow-raised outline-none ${className}`}
      onCancel={(event) => {
        event.preventDefault()
        onClose()
      }}
      onClick={({ target }) => {
        // A drawer is there to lead elsewhere: it closes when a link in it is followed.
        const isFollowed = kind === 'drawer' && target instanceof Element && target.closest('a') !== null
        if (target === dialog.current || isFollowed) onClose()
      }}
    >
      {children}
    </dialog>
  )
}
