import { ProblemError } from '@gala/client'

import type { Faults } from '../../ui/faults'
import { failureWords, type SpecialWords, sentence } from './words'

/** What is wrong with single fields of a form, by the names they have in the request. */
export function faultsOf(error: Error | null): Faults | undefined {
  if (!(error instanceof ProblemError) || error.invalid.length === 0) return undefined
  return Object.fromEntries(error.invalid.map(({ pointer, message }) => [pointer.slice(1), sentence(message)]))
}

/** What a form says about a refusal: beside its fields if it is about those, else as a whole. */
export function formProblem(
  error: Error | null,
  special?: SpecialWords,
): { failure?: string | undefined; faults?: Faults | undefined } {
  if (error === null) return {}
  const faults = faultsOf(error)
  return faults === undefined ? { failure: failureWords(error, special) } : { faults }
}
