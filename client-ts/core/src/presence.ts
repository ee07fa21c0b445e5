import { Awareness, applyAwarenessUpdate, encodeAwarenessUpdate, removeAwarenessStates } from 'y-protocols/awareness'
import type { Doc } from 'yjs'

import type { components } from './generated/api'

/** Who acts, as the server stamps it into presence. */
export type Principal = Pick<components['schemas']['Me'], 'id' | 'kind' | 'name' | 'color'>

/** Somebody else in the room. One person with two tabs is two peers with one `user.id`. */
export interface Peer {
  /** Yjs client id of the session. */
  clientId: number
  user: Principal
  /** Everything the session says about itself, unchecked. */
  state: Readonly<Record<string, unknown>>
}

interface PresenceParts {
  /** Sends an awareness update to the room. */
  send: (update: Uint8Array) => void
  /** The peers are others now, or say something else. */
  onPeers: (peers: readonly Peer[]) => void
}

/** Who is in one room: what this client says of itself, and what the others say. */
export class Presence {
  readonly awareness: Awareness
  readonly #parts: PresenceParts
  #isInRoom = false
  #peers: readonly Peer[] = []

  constructor(doc: Doc, parts: PresenceParts) {
    this.awareness = new Awareness(doc)
    this.#parts = parts
    this.awareness.on('update', this.#updated)
    this.awareness.on('change', this.#changed)
  }

  /** The others whom the server has vouched for, in a stable order. */
  get peers(): readonly Peer[] {
    return this.#peers
  }

  /** The room has been joined: says who is here. */
  join(): void {
    this.#isInRoom = true
    // Set anew, which raises its clock: others may have been told that the earlier state is gone.
    const state = this.awareness.getLocalState()
    if (state !== null) this.awareness.setLocalState(state)
  }

  /** The room is not joined any more: nobody knows who else is in it. */
  leave(): void {
    this.#isInRoom = false
    const others = [...this.awareness.getStates().keys()].filter((client) => client !== this.awareness.clientID)
    removeAwarenessStates(this.awareness, others, this)
  }

  /** Says that this client is gone, though the document may still be synced. */
  hide(): void {
    this.awareness.setLocalState(null)
  }

  /** Takes `hide` back. */
  show(): void {
    if (this.awareness.getLocalState() === null) this.awareness.setLocalState({})
  }

  /** Takes what the server says of anybody, this client included. */
  apply(update: Uint8Array): void {
    const { awareness } = this
    const metaBefore = awareness.meta.get(awareness.clientID)
    const stateBefore = awareness.getLocalState()
    applyAwarenessUpdate(awareness, update, this)
    // Somebody said that this client is gone. Awareness refuses that and raises its clock, but nobody
    // else knows yet. (When the server has stamped our state instead, the state is another.)
    const isContradicted = awareness.meta.get(awareness.clientID) !== metaBefore
    if (isContradicted && awareness.getLocalState() === stateBefore) this.announce()
  }

  /** Says once more who is here. */
  announce(): void {
    if (!this.#isInRoom) return
    this.#parts.send(encodeAwarenessUpdate(this.awareness, [this.awareness.clientID]))
  }

  destroy(): void {
    this.awareness.off('update', this.#updated)
    this.awareness.off('change', this.#changed)
  }

  readonly #updated = (_changes: unknown, origin: unknown): void => {
    if (origin === 'local') this.announce()
  }

  readonly #changed = (): void => {
    this.#peers = peersOf(this.awareness)
    this.#parts.onPeers(this.#peers)
  }
}

function peersOf(awareness: Awareness): readonly Peer[] {
  const peers: Peer[] = []
  for (const [clientId, state] of awareness.getStates()) {
    if (clientId !== awareness.clientID && isPrincipal(state.user)) peers.push({ clientId, user: state.user, state })
  }
  return peers.sort((one, other) => one.clientId - other.clientId)
}

function isPrincipal(value: unknown): value is Principal {
  if (typeof value !== 'object' || value === null) return false
  const { id, name, color } = value as Record<string, unknown>
  return typeof id === 'string' && typeof name === 'string' && typeof color === 'string'
}
