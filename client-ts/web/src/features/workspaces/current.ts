import { useSyncExternalStore } from 'react'

const STORAGE_KEY = 'gala:workspace'

const listeners = new Set<() => void>()

/** The workspace this browser was in last; it may be gone, or somebody else's. */
export function useChosenWorkspace(): string | undefined {
  return useSyncExternalStore(subscribe, chosenWorkspace)
}

export function chosenWorkspace(): string | undefined {
  return localStorage.getItem(STORAGE_KEY) ?? undefined
}

/** Goes to a workspace, here and on every later visit. */
export function chooseWorkspace(id: string): void {
  if (id === chosenWorkspace()) return
  localStorage.setItem(STORAGE_KEY, id)
  for (const listener of listeners) listener()
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}
