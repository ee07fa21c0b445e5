import type { ComponentProps, MouseEvent } from 'react'

interface ButtonProps extends Omit<ComponentProps<'button'>, 'className' | 'disabled'> {
  kind?: 'primary' | 'plain' | 'danger'
  /** What it began is under way: it keeps the focus, and does nothing more. */
  isBusy?: boolean
  /** As wide as what it stands in. */
  isWide?: boolean
}

const LOOKS = {
  primary: 'bg-ink text-canvas hover:bg-ink-soft',
  plain: 'border border-line-strong text-ink hover:bg-hover active:bg-press',
  danger: 'border border-bad text-bad hover:bg-bad hover:text-canvas',
} as const

/** A button with words on it. */
export function Button({
  kind = 'plain',
  type = 'button',
  isBusy = false,
  isWide = false,
  onClick,
  ...rest
}: ButtonProps) {
  const press = (event: MouseEvent<HTMLButtonElement>) => {
    if (isBusy) event.preventDefault()
    else onClick?.(event)
  }
  return (
    <button
      type={type}
      aria-disabled={isBusy || undefined}
      aria-busy={isBusy || undefined}
      onClick={press}
      className={`${BUTTON_SHAPE} ${isWide ? 'w-full' : ''} ${LOOKS[kind]}`}
      {...rest}
    />
  )
}

/** The same for links that look like buttons. */
const BUTTON_SHAPE =
  'inline-flex min-h-9 items-center justify-center gap-2 rounded-md px-3.5 text-sm font-medium transition-colors aria-disabled:cursor-progress aria-disabled:opacity-60 pointer-coarse:min-h-11'

/** A link that looks like a button: it leads out of the application, or gets a file. */
export function ButtonLink({ isWide = false, ...rest }: Omit<ComponentProps<'a'>, 'className'> & { isWide?: boolean }) {
  return <a className={`${BUTTON_SHAPE} ${isWide ? 'w-full' : ''} ${LOOKS.plain}`} {...rest} />
}
