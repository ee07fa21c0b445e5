import { TOKEN_PATHS } from './paths'

type TokenPath = (typeof TOKEN_PATHS)[number]

/**
 * Takes a token that came in a link out of the address bar and of the history, where it could be read
 * over a shoulder, copied along or kept. It stays in this tab until it is used.
 */
export function hideLinkToken(): void {
  for (const path of TOKEN_PATHS) {
    if (!location.pathname.startsWith(`${path}/`)) continue
    const token = location.pathname.slice(path.length + 1)
    if (token !== '') sessionStorage.setItem(keyOf(path), decodeURIComponent(token))
    history.replaceState(null, '', path)
  }
}

/** The token this tab came with, until it is used up. */
export function linkToken(path: TokenPath): string | undefined {
  return sessionStorage.getItem(keyOf(path)) ?? undefined
}

/** The token is used, or good for nothing. */
export function dropLinkToken(path: TokenPath): void {
  sessionStorage.removeItem(keyOf(path))
}

function keyOf(path: TokenPath): string {
  return `gala:token:${path}`
}
