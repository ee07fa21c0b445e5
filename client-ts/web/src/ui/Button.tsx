import type { ComponentProps } from 'react'

interface ButtonProps extends Omit<ComponentProps<'button'>, 'className'> {
  kind?: 'primary' | 'plain'
}

/** A button with words on it. */
export function Button({ kind = 'plain', type = 'button', ...rest }: ButtonProps) {
  const look =
    kind === 'primary'
      ? 'bg-ink text-canvas hover:bg-ink-soft'
      : 'border border-line-strong text-ink hover:bg-hover active:bg-press'
  return (
    <button
      type={type}
      className={`inline-flex min-h-9 items-center justify-center gap-2 rounded-md px-3.5 text-sm font-medium transition-colors disabled:opacity-50 pointer-coarse:min-h-11 ${look}`}
      {...rest}
    />
  )
}
