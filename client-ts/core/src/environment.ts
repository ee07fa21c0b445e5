import type { Unsubscribe } from './emitter'

/** The part of a browser's `WebSocket` that is used. */
export interface Socket {
  binaryType: string
  onopen: (() => void) | null
  onmessage: ((event: { data: unknown }) => void) | null
  onclose: ((event: { code: number; reason: string }) => void) | null
  send(frame: Uint8Array): void
  close(): void
}

/** What the browser says about the network and about the tab. */
export type Signal = 'online' | 'offline' | 'visible' | 'hidden' | 'leaving' | 'returned'

/** Everything the client takes from the world around it; tests bring their own. */
export interface Environment {
  openSocket(url: string): Socket
  /** Calls back once after the delay, unless cancelled before. */
  after(delayMs: number, callback: () => void): Unsubscribe
  /** Milliseconds on a clock that never goes back. */
  nowMs(): number
  /** From 0 to 1, without 1. */
  random(): number
  isHidden(): boolean
  onSignal(listener: (signal: Signal) => void): Unsubscribe
  /** The cookies that scripts may read and that go along to this address, as in `document.cookie`. */
  cookies(url: string): string
  /** Where rooms opened with `offline` are kept; absent where there is no such place. */
  indexedDB: IDBFactory | undefined
}

/** The browser, or a server or worker that has only some of it. */
export function browserEnvironment(): Environment {
  return {
    openSocket: (url) => new WebSocket(url) as Socket,
    after(delayMs, callback) {
      const timer = setTimeout(callback, delayMs)
      return () => clearTimeout(timer)
    },
    nowMs: () => performance.now(),
    random: () => Math.random(),
    isHidden: () => typeof document !== 'undefined' && document.visibilityState === 'hidden',
    onSignal: listenToBrowser,
    cookies: (url) => (typeof document !== 'undefined' && isOwnOrigin(url) ? document.cookie : ''),
    indexedDB: typeof indexedDB === 'undefined' ? undefined : indexedDB,
  }
}

/** Another origin has cookies of its own, which are not to be read here, and must not be told ours. */
function isOwnOrigin(url: string): boolean {
  return new URL(url).origin === location.origin
}

function listenToBrowser(listener: (signal: Signal) => void): Unsubscribe {
  if (typeof window === 'undefined') return () => {}
  const ending = new AbortController()
  const listen = (target: EventTarget, event: string, signal: () => Signal) =>
    target.addEventListener(event, () => listener(signal()), { signal: ending.signal })

  listen(window, 'online', () => 'online')
  listen(window, 'offline', () => 'offline')
  listen(window, 'pagehide', () => 'leaving')
  listen(window, 'pageshow', () => 'returned')
  listen(document, 'visibilitychange', () => (document.visibilityState === 'hidden' ? 'hidden' : 'visible'))
  return () => ending.abort()
}
