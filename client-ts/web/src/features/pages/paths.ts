/** Where the trash is. */
export const TRASH_PATH = '/trash'

const PAGE_PREFIX = '/p/'
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** Where a page is. */
export function pagePath(id: string): string {
  return PAGE_PREFIX + id
}

/** Where the history of a page is, at a point in it or as it is now. */
export function historyPath(id: string, seq?: number): string {
  return `${pagePath(id)}?history${seq === undefined ? '' : `=${seq}`}`
}

/** The page that is at a path. */
export function pageAt(path: string): string | undefined {
  const id = path.startsWith(PAGE_PREFIX) ? path.slice(PAGE_PREFIX.length) : ''
  return UUID.test(id) ? id : undefined
}
