import type { Awareness } from 'y-protocols/awareness'
import { Doc } from 'yjs'

import type { Connection } from './connection'
import { Emitter, type Unsubscribe } from './emitter'
import type { Environment } from './environment'
import type { LocalCopies } from './localCopies'
import { LocalCopy } from './localCopy'
import { type Peer, Presence } from './presence'
import type { Room, RoomEvents, RoomSnapshot, RoomStatus, SaveState } from './room'
import { RoomSync } from './roomSync'
import { encodeAwareness } from './wire'

/** A local copy that takes longer to read than this is not waited for; what it holds joins later. */
const LOCAL_COPY_LIMIT_MS = 2_000

/** What a room is made of. */
export interface RoomParts {
  connection: Connection
  environment: Environment
  token: () => string | Promise<string>
  localCopies: LocalCopies | undefined
  /** Called once, when nothing is left to do for the room. */
  onEnd: () => void
}

/** A room that several parts of an application may hold. It ends with the last of them, once everything is saved. */
export class SharedRoom implements Room {
  readonly id: string
  readonly doc = new Doc()
  readonly #events = new Emitter<RoomEvents>()
  readonly #presence: Presence
  readonly #sync: RoomSync
  readonly #localCopies: LocalCopies | undefined
  readonly #localCopy: LocalCopy | undefined
  readonly #onEnd: () => void
  #holders = 1
  #isEnded = false
  #snapshot: RoomSnapshot

  constructor(id: string, { connection, environment, token, localCopies, onEnd }: RoomParts) {
    this.id = id
    this.#localCopies = localCopies
    this.#onEnd = onEnd
    const { doc } = this
    const onChange = () => this.#changed()
    const presence = new Presence(doc, {
      send: (update) => connection.send(encodeAwareness(id, update)),
      onPeers: (peers) => this.#events.emit('peers', peers),
    })
    this.#presence = presence
    // Before the sync, so that an edit counts as not yet kept when the sync tells of it.
    if (localCopies !== undefined) this.#localCopy = new LocalCopy({ copies: localCopies, room: id, doc, onChange })
    const onGeneration = (generation: number) => this.#localCopy?.enter(generation)
    this.#sync = new RoomSync({ id, doc, presence, connection, environment, token, onGeneration, onChange })
    this.#snapshot = this.#look()
    if (this.#localCopy === undefined) this.#sync.attach(false)
    else void this.#attachAfter(this.#localCopy, environment)
  }

  get awareness(): Awareness {
    return this.#presence.awareness
  }

  get whenSynced(): Promise<void> {
    return this.#sync.whenSynced
  }

  get snapshot(): RoomSnapshot {
    return this.#snapshot
  }

  get status(): RoomStatus {
    return this.#snapshot.status
  }

  get saveState(): SaveState {
    return this.#snapshot.saveState
  }

  get saved(): boolean {
    return this.#snapshot.saveState === 'saved'
  }

  get peers(): readonly Peer[] {
    return this.#presence.peers
  }

  get isHeld(): boolean {
    return this.#holders > 0
  }

  on<Name extends keyof RoomEvents>(event: Name, listener: (value: RoomEvents[Name]) => void): Unsubscribe {
    return this.#events.on(event, listener)
  }

  /** One more part of the application uses the room, and will destroy it. */
  hold(): void {
    this.#holders += 1
    this.show()
  }

  destroy(): void {
    if (this.#holders === 0) return
    this.#holders -= 1
    if (this.#holders > 0) return
    this.#presence.hide()
    this.#changed()
  }

  /** Ends the room at once, saved or not. */
  abandon(): void {
    if (this.#isEnded) return
    this.#isEnded = true
    this.#sync.end()
    this.#presence.destroy()
    this.#localCopy?.destroy()
    this.doc.destroy()
    this.#onEnd()
  }

  /** The tab is closed or set aside: others should not see a ghost. */
  hide(): void {
    this.#presence.hide()
  }

  /** The tab came back. */
  show(): void {
    if (this.isHeld) this.#presence.show()
  }

  /** The local copy goes first, so that only what the server lacks is sent, and the page is there at once. */
  async #attachAfter(localCopy: LocalCopy, environment: Environment): Promise<void> {
    const cancelLimit = environment.after(LOCAL_COPY_LIMIT_MS, () => this.#sync.attach(false))
    const hasUnsaved = await localCopy.load()
    cancelLimit()
    if (this.#isEnded) return
    this.#sync.attach(hasUnsaved, localCopy.generation)
    this.#changed()
  }

  #changed(): void {
    if (this.#isEnded) return
    if (this.#sync.denied?.denial === 'erased') this.#drop()
    this.#publish()
    if (this.#isEnded) return
    if (this.saved) this.#localCopy?.settle()
    if (!this.isHeld && this.#sync.isDone) this.abandon()
  }

  /** What is here must not come back. The room ends before that is told, so that whoever hears it enters a new one. */
  #drop(): void {
    // Without a store there is no copy.
    this.#localCopies?.forget(this.id).catch(() => {})
    this.abandon()
  }

  #publish(): void {
    const before = this.#snapshot
    const now = this.#look()
    const keys = Object.keys(now) as (keyof RoomSnapshot)[]
    if (keys.every((key) => now[key] === before[key])) return
    this.#snapshot = now
    if (now.status !== before.status) this.#events.emit('status', now.status)
    if (now.saveState !== before.saveState) this.#events.emit('saveState', now.saveState)
    const isSaved = now.saveState === 'saved'
    if (isSaved !== (before.saveState === 'saved')) this.#events.emit('saved', isSaved)
    this.#events.emit('snapshot', now)
  }

  #look(): RoomSnapshot {
    const { status, saveState, isSynced, access, denied } = this.#sync
    return {
      status,
      saveState,
      isKept: this.#localCopy?.isComplete ?? false,
      isLoaded: isSynced || this.#localCopy?.isLoaded === true,
      isSynced,
      access,
      denial: denied?.denial,
      reason: denied?.reason,
    }
  }
}
