import type { SpecialWords } from '../problems/words'

/** Characters in a password at least; the server refuses fewer. */
export const MIN_PASSWORD_CHARS = 10
/** Characters in a person's name at most; the server refuses more. */
export const MAX_NAME_CHARS = 100

export const PASSWORD_HINT = `At least ${MIN_PASSWORD_CHARS} characters. A few words you can remember are good.`

export const SIGN_IN_WORDS: SpecialWords = {
  unauthorized: 'The address or the password is wrong.',
}

export const REGISTER_WORDS: SpecialWords = {
  conflict: 'There is an account with this address already. Sign in instead.',
}

/** Why a sign-in elsewhere or by link did not work, by the code it came back with (`server/src/api/oauth.rs`). */
const RETURN_WORDS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    access_denied: 'You did not let the other service tell us who you are, so nobody was signed in.',
    email_unverified: 'The other service has not verified your address, so it cannot be used here.',
    forbidden: 'There is no account with your address, and this server makes one only for people who are invited.',
    link_ended: 'The link you came by does not work any more. Sign in if you have an account.',
    rate_limited: 'That was too often. Try again a little later.',
    unauthorized: 'The sign-in was begun elsewhere or too long ago. Please try again.',
    unavailable: 'The other service does not answer. Try again in a moment, or sign in with your password.',
    untrusted: 'What the other service said about you could not be trusted, so nobody was signed in.',
  }),
)

/** The same for people. */
export function returnWords(code: string): string {
  return RETURN_WORDS.get(code) ?? 'Signing in with the other service did not work. Please try again.'
}
