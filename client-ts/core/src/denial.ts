import { ProblemError } from './problem'

/**
 * Why the server will not have this client in a room:
 * - `unauthorized`: nobody is signed in, or no longer
 * - `forbidden`: whoever is signed in may not enter it, or no longer
 * - `not_found`: there is no such room, or nobody here may know that there is
 * - `erased`: the content it has was erased for good. The room has ended, and nothing is kept of it; entered
 *   anew, it is another one
 * - `refused`: what was sent cannot be taken
 */
export type Denial = 'unauthorized' | 'forbidden' | 'not_found' | 'erased' | 'refused'

/**
 * What the server's words for a denial mean (`protocol/src/wire/close.rs`): on a shared socket it has no
 * code to say it by.
 */
const MEANINGS: ReadonlyMap<string, Denial> = new Map([
  ['not signed in, or the token is not valid', 'unauthorized'],
  ['no token in time', 'unauthorized'],
  ['not allowed in this room', 'forbidden'],
  ['no such room', 'not_found'],
  ['this content was erased; drop your copy', 'erased'],
])

export function denialInWords(reason: string): Denial {
  return MEANINGS.get(reason) ?? 'refused'
}

/** What the code means with which a socket was closed for good. */
export function denialOfClose(code: number): Denial {
  switch (code) {
    case 4401:
    case 4408:
      return 'unauthorized'
    case 4403:
      return 'forbidden'
    case 4404:
      return 'not_found'
    case 4410:
      return 'erased'
    default:
      return 'refused'
  }
}

/** Why no token is to be had; undefined if that may pass by itself. */
export function denialOfToken(error: unknown): Denial | undefined {
  if (!(error instanceof ProblemError)) return error instanceof TypeError ? undefined : 'unauthorized'
  switch (error.code) {
    case 'forbidden':
    case 'not_found':
    case 'unauthorized':
      return error.code
    case 'unreachable':
    case 'unavailable':
    case 'rate_limited':
    case 'internal':
      return undefined
    default:
      return 'refused'
  }
}
