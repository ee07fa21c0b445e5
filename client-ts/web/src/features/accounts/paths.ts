/** Where one signs in. */
export const SIGN_IN_PATH = '/sign-in'
/** Where a sign-in elsewhere comes back to. */
export const SIGNED_IN_PATH = '/signed-in'
/** Where one makes an account. */
export const SIGN_UP_PATH = '/sign-up'
/** Where one asks for a new password. */
export const FORGOT_PASSWORD_PATH = '/forgot-password'
/** Where links that carry a token lead to; the token follows after a slash. */
export const INVITATION_PATH = '/invite'
export const SHARE_LINK_PATH = '/s'
export const RESET_PASSWORD_PATH = '/reset-password'
export const VERIFY_EMAIL_PATH = '/verify-email'

export const TOKEN_PATHS = [INVITATION_PATH, SHARE_LINK_PATH, RESET_PASSWORD_PATH, VERIFY_EMAIL_PATH] as const
const ACCOUNT_PATHS: readonly string[] = [
  SIGN_IN_PATH,
  SIGNED_IN_PATH,
  SIGN_UP_PATH,
  FORGOT_PASSWORD_PATH,
  ...TOKEN_PATHS,
]

/** Whether a path is for people who may not be signed in. */
export function isAccountPath(path: string): boolean {
  return ACCOUNT_PATHS.includes(path)
}

/** Where to sign in, to come back to a path afterwards. */
export function signInPath(returnTo: string, error?: string): string {
  const query = new URLSearchParams()
  if (returnTo !== '/') query.set('return_to', returnTo)
  if (error !== undefined) query.set('error', error)
  return query.size === 0 ? SIGN_IN_PATH : `${SIGN_IN_PATH}?${query}`
}

/**
 * Where to go after signing in. Anybody can write an address that names a place to return to: only a
 * path of this application counts (`//host` and `/\host` are addresses of others).
 */
export function safeReturn(path: string | undefined): string {
  if (path === undefined || !/^\/(?![/\\])/.test(path)) return '/'
  const { pathname, search, origin } = new URL(path, 'http://here')
  return origin === 'http://here' && !isAccountPath(pathname) ? pathname + search : '/'
}
