const STORAGE_KEY = 'gala:last-page'

/** The page this browser had open last. */
export function lastPage(): string | undefined {
  return localStorage.getItem(STORAGE_KEY) ?? undefined
}

export function rememberPage(id: string): void {
  localStorage.setItem(STORAGE_KEY, id)
}
