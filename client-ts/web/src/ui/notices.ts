import { useSyncExternalStore } from 'react'

/** Milliseconds a notice stays. */
const SHOWN_MS = 6_000

/** Something that has happened, told in one line. */
export interface Notice {
  id: number
  text: string
  isError: boolean
  action?: { label: string; run: () => void }
}

let notices: readonly Notice[] = []
let lastId = 0
const listeners = new Set<() => void>()

/** Tells it for a while. */
export function notify(notice: Omit<Notice, 'id'>): void {
  lastId += 1
  const told = { ...notice, id: lastId }
  // A few at a time: more would cover what they are about.
  change([...notices.slice(-2), told])
  setTimeout(() => dismiss(told.id), SHOWN_MS)
}

export function dismiss(id: number): void {
  change(notices.filter((notice) => notice.id !== id))
}

export function useNotices(): readonly Notice[] {
  return useSyncExternalStore(subscribe, () => notices)
}

function change(to: readonly Notice[]): void {
  notices = to
  for (const listener of listeners) listener()
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}
