import { useMemo } from 'react'

import { formProblem } from './formProblem'
import type { SpecialWords } from './words'

/** The same as `formProblem`, as one object for as long as it is the same failure. */
export function useFormProblem(error: Error | null, special?: SpecialWords) {
  // biome-ignore lint/correctness/useExhaustiveDependencies: the words belong to the form, and never change.
  return useMemo(() => formProblem(error, special), [error])
}
