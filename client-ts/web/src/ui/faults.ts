import { createContext, useContext } from 'react'

/** What is wrong with the fields of a form, by their names. */
export type Faults = Readonly<Record<string, string>>

export const FaultsContext = createContext<Faults>({})

/** What is wrong with the field of this name in the form around it. */
export function useFault(name: string): string | undefined {
  return useContext(FaultsContext)[name]
}

/** What is wrong with the fields of a form at first sight. */
export function faultsIn(form: HTMLFormElement): Faults {
  const faults: Record<string, string> = {}
  for (const element of form.elements) {
    if (!(element instanceof HTMLInputElement || element instanceof HTMLSelectElement)) continue
    const fault = faultOf(element)
    if (fault !== undefined && element.name !== '') faults[element.name] ??= fault
  }
  return faults
}

/** The part of a field that decides whether it may stay as it is. */
interface Judged {
  value: string
  type: string
  minLength?: number
  validity: Pick<ValidityState, 'valid' | 'valueMissing' | 'typeMismatch'>
  validationMessage: string
}

/** What is wrong with one field, in words. */
export function faultOf({ value, type, minLength = -1, validity, validationMessage }: Judged): string | undefined {
  if (validity.valueMissing) return 'This is needed'
  if (validity.typeMismatch && type === 'email') return 'This is not an e-mail address'
  // The browser only counts what was typed, not what a password manager has filled in. Characters are
  // counted as the server does, not as UTF-16.
  if (value !== '' && [...value].length < minLength) return `At least ${minLength} characters`
  return validity.valid || validity.valueMissing ? undefined : validationMessage
}
