import { useSyncExternalStore } from 'react'

const listeners = new Set<() => void>()

/** Goes to a path of this application, which may end in a query. `replace` leaves no step to come back to. */
export function navigate(path: string, { replace = false } = {}): void {
  if (path === location.pathname + location.search) return
  if (replace) history.replaceState(null, '', path)
  else history.pushState(null, '', path)
  for (const listener of listeners) listener()
}

/** The path of the address bar. */
export function usePath(): string {
  return useSyncExternalStore(subscribe, () => location.pathname)
}

/** One value of the query in the address bar. */
export function useSearchParam(name: string): string | undefined {
  const search = useSyncExternalStore(subscribe, () => location.search)
  return new URLSearchParams(search).get(name) ?? undefined
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  window.addEventListener('popstate', listener)
  return () => {
    listeners.delete(listener)
    window.removeEventListener('popstate', listener)
  }
}
