/**
 * What a client shows to say who it is: an access token, an API key, or a room token. Asked before
 * each request (without a room) and before each join (with the room's id); left out, or empty, where
 * the browser's cookie says it.
 */
export type TokenSource = string | ((room?: string) => string | Promise<string>)

/** How requests and joins are vouched for. */
export interface Credentials {
  token: (room?: string) => string | Promise<string>
  /** Shows that a request was made by a page of the server itself; only cookies need it. */
  csrfToken: () => string | undefined
}

/** The cookie in which the server hands out the token for the header. */
export const CSRF_COOKIE = 'gala_csrf'
/** Where the server looks for it. */
export const CSRF_HEADER = 'x-csrf-token'

/** Whether a call with this method may change something, so that another site must not be able to make it. */
export function isStateChanging(method: string): boolean {
  return !['GET', 'HEAD', 'OPTIONS'].includes(method.toUpperCase())
}

/** The value of one cookie in what `document.cookie` answers. */
export function cookieIn(cookies: string, name: string): string | undefined {
  const prefix = `${name}=`
  const cookie = cookies.split('; ').find((pair) => pair.startsWith(prefix))
  return cookie?.slice(prefix.length)
}
