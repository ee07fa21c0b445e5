import { ProblemError } from '@gala/client'
import { useSyncExternalStore } from 'react'

/** Says of a query or a mutation that "unauthorized" is an answer to it, and not the end of the session. */
export const MAY_BE_ANONYMOUS = { mayBeAnonymous: true } as const

const STORAGE_KEY = 'gala:principal'

let hasEnded = false
const listeners = new Set<() => void>()

/** Whether the server has said that nobody is signed in here, or no longer. Signing in loads everything anew. */
export function useHasEnded(): boolean {
  return useSyncExternalStore(subscribe, () => hasEnded)
}

export function endSession(): void {
  hasEnded = true
  for (const listener of listeners) listener()
}

/** Takes note of a failure that means that the session has ended. */
export function noticeEnd(error: Error, meta: Record<string, unknown> | undefined): void {
  const isEnd = error instanceof ProblemError && error.code === 'unauthorized' && meta?.mayBeAnonymous !== true
  if (isEnd) endSession()
}

/** Whose account this browser has signed in to: copies of pages are kept for them. */
export function rememberedPrincipal(): string | undefined {
  return localStorage.getItem(STORAGE_KEY) ?? undefined
}

export function rememberPrincipal(id: string): void {
  localStorage.setItem(STORAGE_KEY, id)
}

export function forgetPrincipal(): void {
  localStorage.removeItem(STORAGE_KEY)
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}
