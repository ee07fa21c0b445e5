import { type ReactNode, useLayoutEffect, useRef } from 'react'

interface DialogProps {
  /** Read out when it opens. */
  label: string
  /** The id of what is read out after the label. */
  describedBy?: string
  onClose: () => void
  /** `sheet` floats in the middle; `drawer` slides in from the left. */
  kind?: 'sheet' | 'drawer'
  className?: string
  children: ReactNode
}

/** A modal dialog: the rest of the page is out of reach, Escape and a press outside close it. */
export function Dialog({ label, describedBy, onClose, kind = 'sheet', className = '', children }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null)
  const pressed = useRef<EventTarget>(undefined)

  // Closed while it is still there, so that the browser gives the focus back to where it was.
  useLayoutEffect(() => {
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
      aria-describedby={describedBy}
      className={`${kind} ${look} max-h-[76vh] overflow-hidden bg-raised p-0 text-ink shadow-raised outline-none ${className}`}
      onCancel={(event) => {
        event.preventDefault()
        onClose()
      }}
      onPointerDown={({ target }) => {
        pressed.current = target
      }}
      onClick={({ target }) => {
        // Text that is selected past the edge of the dialog is not a press outside.
        const isOutside = target === dialog.current && pressed.current === dialog.current
        // A drawer is there to lead elsewhere: it closes when a link in it is followed.
        const isFollowed = kind === 'drawer' && target instanceof Element && target.closest('a') !== null
        if (isOutside || isFollowed) onClose()
      }}
    >
      {children}
    </dialog>
  )
}
