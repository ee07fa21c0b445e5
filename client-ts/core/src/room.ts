import type { Awareness } from 'y-protocols/awareness'
import type { Doc } from 'yjs'

import type { Denial } from './denial'
import type { Unsubscribe } from './emitter'
import type { Peer } from './presence'
import type { RoomAccess } from './wire'

/**
 * - `connecting`: no attempt has failed yet, or the server has answered and the room is being joined
 * - `connected`: the server's state is here, and changes go both ways
 * - `offline`: the server cannot be reached; attempts go on by themselves
 * - `denied`: the server will not have this client in this room; no more attempts
 */
export type RoomStatus = 'connecting' | 'connected' | 'offline' | 'denied'

/**
 * - `saved`: the server has committed every edit made here
 * - `saving`: the server has edits it has not acknowledged yet
 * - `offline`: there are such edits, and no connection; see `isKept`
 * - `denied`: there are edits that the server refuses. Where `access` has become `read` they are
 *   offered again as soon as it is `write`
 */
export type SaveState = 'saved' | 'saving' | 'offline' | 'denied'

/** How a room is doing, all at once. Every change makes a new object. */
export interface RoomSnapshot {
  status: RoomStatus
  saveState: SaveState
  /** Everything in the document is also in this browser's own store, and survives the tab. */
  isKept: boolean
  /** The document holds something to show: the local copy, or the server's state. */
  isLoaded: boolean
  /** The server's state has arrived at least once. */
  isSynced: boolean
  /** What the server lets this client do. It may change at any moment; `write` until the server has spoken. */
  access: RoomAccess
  /** Why the room is `denied`. */
  denial: Denial | undefined
  /** The same in the server's words. */
  reason: string | undefined
}

/** What can be listened to. */
export interface RoomEvents {
  status: RoomStatus
  /** True only after the server has committed every edit made here. */
  saved: boolean
  saveState: SaveState
  peers: readonly Peer[]
  snapshot: RoomSnapshot
}

/** A room: a plain Yjs document and a plain Awareness that are live while it is held. */
export interface Room {
  readonly id: string
  readonly doc: Doc
  readonly awareness: Awareness
  /** Resolves when the server's state has arrived; rejects with `RoomDeniedError`. */
  readonly whenSynced: Promise<void>
  readonly snapshot: RoomSnapshot
  readonly status: RoomStatus
  readonly saveState: SaveState
  readonly saved: boolean
  readonly peers: readonly Peer[]
  on<Name extends keyof RoomEvents>(event: Name, listener: (value: RoomEvents[Name]) => void): Unsubscribe
  /** Leaves the room. Edits that are not saved yet are still brought to the server if it can be reached. */
  destroy(): void
}

/** The server will not have this client in this room. */
export class RoomDeniedError extends Error {
  override readonly name = 'RoomDeniedError'
  readonly denial: Denial

  constructor(denial: Denial, reason: string) {
    super(reason)
    this.denial = denial
  }
}
