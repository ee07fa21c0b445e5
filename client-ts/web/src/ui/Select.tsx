import { ChevronDown } from 'lucide-react'
import type { ComponentProps, ReactNode } from 'react'

import { FIELD_LOOK, FieldFrame } from './Field'

export interface Option<Value extends string> {
  value: Value
  label: string
}

interface SelectProps<Value extends string>
  extends Omit<ComponentProps<'select'>, 'value' | 'defaultValue' | 'onChange' | 'className' | 'children'> {
  options: readonly Option<Value>[]
  value?: Value
  defaultValue?: Value
  onChoose?: (value: Value) => void
  /** Without a frame: for a row of a list, where the label is elsewhere. */
  look?: 'field' | 'quiet'
}

/** One of a few. It is the browser's own, which every keyboard and every phone knows. */
export function Select<Value extends string>({ options, onChoose, look = 'field', ...select }: SelectProps<Value>) {
  const shape =
    look === 'field'
      ? `${FIELD_LOOK} pr-9`
      : 'h-8 rounded-md bg-transparent pr-7 pl-2 text-ink-soft text-sm outline-offset-0 hover:bg-hover disabled:hover:bg-transparent pointer-coarse:h-11'
  return (
    <span className={`relative inline-flex min-w-0 items-center ${look === 'field' ? 'w-full' : ''}`}>
      <select
        className={`${shape} cursor-pointer appearance-none truncate disabled:cursor-default`}
        onChange={(event) => {
          const chosen = options.find(({ value }) => value === event.target.value)
          if (chosen !== undefined) onChoose?.(chosen.value)
        }}
        {...select}
      >
        {options.map(({ value, label }) => (
          <option key={value} value={value}>
            {label}
          </option>
        ))}
      </select>
      {select.disabled !== true && (
        <ChevronDown
          className={`pointer-events-none absolute size-3.5 text-ink-faint ${look === 'field' ? 'right-3' : 'right-2'}`}
          aria-hidden
        />
      )}
    </span>
  )
}

interface SelectFieldProps<Value extends string> extends SelectProps<Value> {
  name: string
  label: string
  hint?: ReactNode
}

/** The same with a label above it. */
export function SelectField<Value extends string>({ name, label, hint, ...select }: SelectFieldProps<Value>) {
  return (
    <FieldFrame name={name} label={label} hint={hint}>
      {(wiring) => <Select {...select} {...wiring} />}
    </FieldFrame>
  )
}
