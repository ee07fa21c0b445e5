import { useEffect, useId, useRef } from 'react'

import { useFault } from './faults'

interface CheckboxesProps<Value extends string> {
  name: string
  label: string
  options: readonly { value: Value; label: string; hint: string }[]
  chosen: readonly Value[]
  onChoose: (chosen: readonly Value[]) => void
  /** What is said when none is chosen: at least one has to be. */
  whenNone: string
}

/** Some of a few. */
export function Checkboxes<Value extends string>({ name, label, options, ...choice }: CheckboxesProps<Value>) {
  const id = useId()
  const first = useRef<HTMLInputElement>(null)
  const fault = useFault(name)
  const { chosen, onChoose, whenNone } = choice
  const isNone = chosen.length === 0

  // No attribute asks for one of several; a field with words of its own against it is held back as well.
  useEffect(() => first.current?.setCustomValidity(isNone ? whenNone : ''), [isNone, whenNone])

  return (
    <fieldset className="flex flex-col gap-1.5" aria-describedby={fault === undefined ? undefined : `${id}-fault`}>
      <legend className="mb-1.5 font-medium text-sm">{label}</legend>
      {options.map(({ value, label, hint }, at) => (
        <label key={value} className="flex min-h-6 cursor-pointer items-baseline gap-2.5 text-sm pointer-coarse:py-2">
          <input
            ref={at === 0 ? first : undefined}
            type="checkbox"
            name={name}
            value={value}
            checked={chosen.includes(value)}
            className="size-4 shrink-0 translate-y-0.5 accent-accent"
            onChange={({ target }) =>
              onChoose(
                options
                  .map((option) => option.value)
                  .filter((option) => (option === value ? target.checked : chosen.includes(option))),
              )
            }
          />
          <span>
            {label} <span className="text-ink-faint">– {hint}</span>
          </span>
        </label>
      ))}
      {fault !== undefined && (
        <p id={`${id}-fault`} className="text-bad text-sm">
          {fault}
        </p>
      )}
    </fieldset>
  )
}
