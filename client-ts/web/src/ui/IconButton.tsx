import type { ComponentProps } from 'react'

interface IconButtonProps extends Omit<ComponentProps<'button'>, 'type' | 'className'> {
  /** What it does; read out, and shown when the pointer rests on it. */
  label: string
  className?: string
}

/** A button that is only an icon. A finger gets 44 pixels, a mouse 32. */
export function IconButton({ label, className = '', children, ...rest }: IconButtonProps) {
  return (
    <button
      type="button"
      aria-label={label}
      title={label}
      className={`inline-flex size-8 shrink-0 items-center justify-center rounded-md text-ink-faint transition-colors hover:bg-hover hover:text-ink active:bg-press disabled:pointer-events-none disabled:opacity-40 aria-pressed:bg-press aria-pressed:text-ink pointer-coarse:size-11 ${className}`}
      {...rest}
    >
      {children}
    </button>
  )
}
