import { type FormEvent, type ReactNode, useEffect, useRef, useState } from 'react'

import { type Faults, FaultsContext, faultsIn } from './faults'

interface FormProps {
  /** Called with what was filled in, once nothing is wrong with it at first sight. */
  onSubmit: (values: FormData, form: HTMLFormElement) => void
  /** Why it was not taken, as a whole. */
  failure?: string | undefined
  /** Why single fields were not taken, by their names. The same object as long as it is the same refusal. */
  faults?: Faults | undefined
  className?: string
  children: ReactNode
}

/**
 * A form that says beside each field what is wrong with it, and leads to the first of them. The
 * browser's own bubbles vanish and are not read out everywhere.
 */
export function Form({ onSubmit, failure, faults: refused, className = 'flex flex-col gap-4', children }: FormProps) {
  const form = useRef<HTMLFormElement>(null)
  const [faults, setFaults] = useState<Faults>({})

  useEffect(() => {
    if (refused === undefined) return
    setFaults(refused)
    focusFirst(form.current, refused)
  }, [refused])

  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const found = faultsIn(event.currentTarget)
    setFaults(found)
    focusFirst(event.currentTarget, found)
    if (Object.keys(found).length === 0) onSubmit(new FormData(event.currentTarget), event.currentTarget)
  }

  /** What is being mended is not called wrong any longer. */
  const forget = ({ target }: FormEvent<HTMLFormElement>) => {
    const { name } = target as HTMLInputElement
    if (name in faults) setFaults(({ [name]: _mended, ...others }) => others)
  }

  return (
    <form ref={form} noValidate className={className} onSubmit={submit} onInput={forget}>
      <FaultsContext value={faults}>{children}</FaultsContext>
      {/* There before it says anything, so that it is read out when it does. */}
      <p role="alert" className="text-bad text-sm empty:hidden">
        {failure ?? withoutField(faults, form.current)}
      </p>
    </form>
  )
}

/** What is wrong with something that nobody can mend here. */
function withoutField(faults: Faults, form: HTMLFormElement | null): string | undefined {
  const names = new Set([...(form?.elements ?? [])].map((element) => element.getAttribute('name')))
  return Object.entries(faults).find(([name]) => !names.has(name))?.[1]
}

function focusFirst(form: HTMLFormElement | null, faults: Faults): void {
  const first = [...(form?.elements ?? [])].find((element) => (element.getAttribute('name') ?? '') in faults)
  if (first instanceof HTMLElement) first.focus()
}
