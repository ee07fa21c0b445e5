import { ProblemError } from '@gala/client'

import { notify } from '../../ui/notices'

/** Words for some failures that say more than the words for all. */
export type SpecialWords = Partial<Record<ProblemError['code'], string>>

/** Why something failed, and what to do about it, in a sentence. */
export function failureWords(error: Error, special: SpecialWords = {}): string {
  if (!(error instanceof ProblemError)) return sentence(error.message)
  const words = special[error.code]
  if (words !== undefined) return words
  switch (error.code) {
    case 'unreachable':
    case 'unavailable':
      return 'The server does not answer. Try again in a moment.'
    case 'rate_limited':
      return tooManyWords(error.retryAfterS)
    case 'unauthorized':
      return 'You are not signed in any more.'
    case 'internal':
      return 'The server failed. Nothing was changed.'
    default:
      return sentence(error.detail)
  }
}

/** Tells in passing what did not work, and why. */
export function tellFailure(what: string, error: Error): void {
  notify({ text: `${what}: ${lowered(failureWords(error))}`, isError: true })
}

function tooManyWords(retryAfterS: number | undefined): string {
  return `That was too often. Try again ${retryAfterS === undefined ? 'a little later' : `in ${spanOf(retryAfterS)}`}.`
}

/** Seconds as a person would say them: in minutes from one and a half on. */
function spanOf(seconds: number): string {
  const [count, unit] = seconds < 90 ? [Math.ceil(seconds), 'second'] : [Math.ceil(seconds / 60), 'minute']
  return `${count} ${unit}${count === 1 ? '' : 's'}`
}

/** A sentence: the server's words begin with a small letter and have no full stop. */
export function sentence(words: string): string {
  const begun = words.charAt(0).toUpperCase() + words.slice(1)
  return /[.!?]$/.test(begun) ? begun : `${begun}.`
}

function lowered(words: string): string {
  return words.charAt(0).toLowerCase() + words.slice(1)
}
