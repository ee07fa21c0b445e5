const STORAGE_KEY = 'gala:return-to'

/** Keeps where to go on while this tab is at another service. */
export function rememberReturn(path: string): void {
  sessionStorage.setItem(STORAGE_KEY, path)
}

/** Where to go on, told once. */
export function takeReturn(): string | undefined {
  const path = sessionStorage.getItem(STORAGE_KEY) ?? undefined
  sessionStorage.removeItem(STORAGE_KEY)
  return path
}
