import * as Y from 'yjs'

import type { Channel, Connection } from './connection'
import { type Denial, denialInWords, denialOfClose, denialOfToken } from './denial'
import type { Unsubscribe } from './emitter'
import type { Environment } from './environment'
import { FROM_LOCAL_COPY, FROM_SERVER } from './origins'
import type { Presence } from './presence'
import { retryDelayMs } from './reconnect'
import { RoomDeniedError, type RoomStatus, type SaveState } from './room'
import { SaveLedger } from './saves'
import {
  encodeLeave,
  encodeStep1,
  encodeStep2,
  encodeToken,
  encodeUpdate,
  MAX_FRAME_BYTES,
  type RoomAccess,
  type ServerMessage,
} from './wire'

/** What keeps a document in step is made of. */
export interface RoomSyncParts {
  id: string
  doc: Y.Doc
  presence: Presence
  connection: Connection
  environment: Environment
  token: () => string | Promise<string>
  /** Called when the server has said from which life of the room the document is. */
  onGeneration: (generation: number) => void
  /** Called after anything that may have changed what can be read here. */
  onChange: () => void
}

/** That the server will not have this client in the room, and why. */
interface Denied {
  denial: Denial
  /** In the server's words. */
  reason: string
}

/** Keeps one document in step with the server, and knows how far that is true. */
export class RoomSync implements Channel {
  /** Resolves when the server's state has arrived; rejects with `RoomDeniedError`. */
  readonly whenSynced: Promise<void>
  readonly #parts: RoomSyncParts
  readonly #ledger = new SaveLedger()
  #settleSynced: { resolve: () => void; reject: (error: Error) => void } = { resolve: () => {}, reject: () => {} }
  #isAttached = false
  /** Changes with every join and leave, so that what was meant for an earlier one is recognised. */
  #join = 0
  /** The server has been sent what it lacked; later edits follow one by one. */
  #isLive = false
  #isSynced = false
  #access: RoomAccess = 'write'
  /** The life of the room that the document is from; undefined until somebody has said it. */
  #generation: number | undefined
  #denied: Denied | undefined
  #failedJoins = 0
  #cancelRejoin: Unsubscribe | undefined

  constructor(parts: RoomSyncParts) {
    this.#parts = parts
    this.whenSynced = new Promise((resolve, reject) => {
      this.#settleSynced = { resolve, reject }
    })
    // Nobody has to wait for it.
    this.whenSynced.catch(() => {})
    parts.doc.on('update', this.#updated)
  }

  get status(): RoomStatus {
    if (this.#denied !== undefined) return 'denied'
    if (this.#isLive && this.#isSynced) return 'connected'
    return this.#parts.connection.status === 'offline' ? 'offline' : 'connecting'
  }

  get saveState(): SaveState {
    if (this.#ledger.isRefused) return 'denied'
    if (!this.#ledger.isUnsaved) return 'saved'
    const { status } = this
    if (status === 'denied') return 'denied'
    return status === 'connected' ? 'saving' : 'offline'
  }

  /** The server's state has arrived at least once. */
  get isSynced(): boolean {
    return this.#isSynced
  }

  /** What the server lets this client do. */
  get access(): RoomAccess {
    return this.#access
  }

  /** Why the server will not have this client in the room. */
  get denied(): Denied | undefined {
    return this.#denied
  }

  /** Nothing is left to be sent, or nothing can be. */
  get isDone(): boolean {
    return this.#denied !== undefined || (this.#isAttached && !this.#ledger.isUnsaved)
  }

  /**
   * Starts. `hasUnsaved`: the document holds edits that may never have reached the server. `generation`:
   * the life of the room it is from, if that is known.
   */
  attach(hasUnsaved: boolean, generation?: number): void {
    if (hasUnsaved) this.#ledger.edited()
    this.#generation ??= generation
    if (this.#isAttached) return
    this.#isAttached = true
    this.#parts.connection.attach(this.#parts.id, this)
  }

  end(): void {
    const { connection, doc, id } = this.#parts
    this.#join += 1
    this.#cancelRejoin?.()
    connection.send(encodeLeave(id))
    connection.detach(id)
    doc.off('update', this.#updated)
  }

  opened(): void {
    this.#join += 1
    void this.#introduce(this.#join)
  }

  lost(): void {
    this.#leave()
    this.#parts.onChange()
  }

  refused(code: number, reason: string): void {
    this.#deny({ denial: denialOfClose(code), reason })
  }

  received(message: ServerMessage): void {
    this.#handle(message)
    this.#parts.onChange()
  }

  #handle(message: ServerMessage): void {
    const { doc, presence } = this.#parts
    switch (message.type) {
      case 'authenticated':
        this.#allow(message.access)
        break
      case 'generation':
        this.#enter(message.generation)
        break
      case 'step1':
        this.#reconcile(message.stateVector)
        break
      case 'step2':
        Y.applyUpdate(doc, message.update, FROM_SERVER)
        this.#isSynced = true
        this.#failedJoins = 0
        this.#settleSynced.resolve()
        break
      case 'update':
        Y.applyUpdate(doc, message.update, FROM_SERVER)
        break
      case 'acknowledged':
        this.#ledger.acknowledged(message.saved)
        break
      case 'awareness':
        presence.apply(message.update)
        break
      case 'awarenessWanted':
        presence.announce()
        break
      case 'tokenWanted':
        void this.#sendToken(this.#join)
        break
      case 'denied':
        this.#deny({ denial: denialInWords(message.reason), reason: message.reason })
        break
      case 'closed':
        this.#rejoinLater()
        break
      case 'other':
        break
    }
  }

  async #introduce(join: number): Promise<void> {
    const { connection, doc, id, presence } = this.#parts
    if (!(await this.#sendToken(join))) return
    connection.send(encodeStep1(id, Y.encodeStateVector(doc)))
    presence.join()
  }

  /** The server speaks of this life of the room, before anything of its content. */
  #enter(generation: number): void {
    this.#generation ??= generation
    if (this.#generation === generation) this.#parts.onGeneration(generation)
    else this.#deny({ denial: 'erased', reason: 'this content was erased' })
  }

  /** What this client may do has changed, or is said for the first time. */
  #allow(access: RoomAccess): void {
    const isRaised = this.#access === 'read' && access === 'write'
    this.#access = access
    if (!isRaised || !this.#isLive || !this.#ledger.isUnsaved) return
    // The server does not have what it has refused, and asks for it when it is asked.
    const { connection, doc, id } = this.#parts
    this.#ledger.offeredAgain()
    connection.send(encodeStep1(id, Y.encodeStateVector(doc)))
  }

  /** False if the moment has passed, or if there is no token to be had now. */
  async #sendToken(join: number): Promise<boolean> {
    const { connection, id, token } = this.#parts
    try {
      const secret = await token()
      if (join !== this.#join) return false
      connection.send(encodeToken(id, secret))
      return true
    } catch (error) {
      if (join !== this.#join) return false
      const denial = denialOfToken(error)
      if (denial === undefined) this.#rejoinLater()
      else this.#deny({ denial, reason: `no token: ${String(error)}` })
      return false
    }
  }

  #reconcile(stateVector: Uint8Array): void {
    const { doc, id } = this.#parts
    if (!this.#sendChange(encodeStep2(id, Y.encodeStateAsUpdate(doc, stateVector)))) return
    this.#isLive = true
    this.#ledger.reconciled()
  }

  /** False if the change is too large for one frame, for which the server would close the socket of all rooms. */
  #sendChange(frame: Uint8Array): boolean {
    if (frame.byteLength > MAX_FRAME_BYTES) {
      this.#deny({ denial: 'refused', reason: 'the change is too large' })
      return false
    }
    this.#parts.connection.send(frame)
    return true
  }

  #leave(): void {
    this.#join += 1
    this.#isLive = false
    this.#ledger.lost()
    this.#parts.presence.leave()
  }

  /** The server closed this room only, for instance to rebuild it, or there is no token to be had now. */
  #rejoinLater(): void {
    this.#leave()
    this.#failedJoins += 1
    const { connection, environment, id } = this.#parts
    const delayMs = retryDelayMs(this.#failedJoins, environment.isHidden(), environment.random)
    this.#cancelRejoin?.()
    this.#cancelRejoin = environment.after(delayMs, () => connection.attach(id, this))
  }

  #deny(denied: Denied): void {
    const { connection, id, onChange } = this.#parts
    this.#leave()
    this.#denied = denied
    this.#cancelRejoin?.()
    connection.detach(id)
    this.#settleSynced.reject(new RoomDeniedError(denied.denial, denied.reason))
    onChange()
  }

  readonly #updated = (update: Uint8Array, origin: unknown): void => {
    if (origin === FROM_SERVER) return
    // What a local copy brings is no edit of now; `attach` is told whether it ever reached the server.
    if (origin !== FROM_LOCAL_COPY) this.#ledger.edited()
    if (this.#isLive && this.#sendChange(encodeUpdate(this.#parts.id, update))) this.#ledger.sent()
    this.#parts.onChange()
  }
}
