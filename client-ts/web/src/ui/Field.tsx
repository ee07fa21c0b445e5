import { type ComponentProps, type ReactNode, useId } from 'react'

import { useFault } from './faults'

/** The look of everything one writes into. */
export const FIELD_LOOK =
  'h-10 w-full min-w-0 rounded-md border border-line-strong bg-canvas px-3 text-ink text-sm outline-none placeholder:text-ink-faint [&[readonly]]:bg-surface [&[readonly]]:text-ink-soft focus:border-accent focus:ring-1 focus:ring-accent aria-invalid:border-bad pointer-coarse:h-11 pointer-coarse:text-base'

interface FrameProps {
  name: string
  label: string
  /** Smaller, below: what is expected. */
  hint?: ReactNode
}

/** What ties a control to its label, its hint and what is wrong with it. */
export interface Wiring {
  id: string
  name: string
  'aria-invalid': boolean
  'aria-describedby': string | undefined
}

/** A label above a control, and below it what is expected and what is wrong. */
export function FieldFrame({ name, label, hint, children }: FrameProps & { children: (wiring: Wiring) => ReactNode }) {
  const id = useId()
  const fault = useFault(name)
  const described = [hint !== undefined && `${id}-hint`, fault !== undefined && `${id}-fault`].filter(Boolean).join(' ')

  return (
    <div className="flex min-w-0 flex-col gap-1.5">
      <label htmlFor={id} className="font-medium text-sm">
        {label}
      </label>
      {children({
        id,
        name,
        'aria-invalid': fault !== undefined,
        'aria-describedby': described === '' ? undefined : described,
      })}
      {hint !== undefined && (
        <p id={`${id}-hint`} className="text-ink-faint text-xs leading-relaxed">
          {hint}
        </p>
      )}
      {fault !== undefined && (
        <p id={`${id}-fault`} className="text-bad text-sm">
          {fault}
        </p>
      )}
    </div>
  )
}

type TextFieldProps = FrameProps & Omit<ComponentProps<'input'>, 'name' | 'id' | 'className'>

/** One line of text to be filled in. */
export function TextField({ name, label, hint, ...input }: TextFieldProps) {
  return (
    <FieldFrame name={name} label={label} hint={hint}>
      {(wiring) => <input type="text" className={FIELD_LOOK} {...input} {...wiring} />}
    </FieldFrame>
  )
}
