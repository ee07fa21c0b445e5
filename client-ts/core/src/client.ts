import { Connection } from './connection'
import type { Unsubscribe } from './emitter'
import { browserEnvironment, type Environment } from './environment'
import { LocalCopies } from './localCopies'
import { type Api, createApi } from './rest'
import type { Room } from './room'
import { SharedRoom } from './sharedRoom'

export interface ClientOptions {
  /** Where the server is, such as `https://gala.example`. */
  url: string
  /** Asked before each join and each request; left out, or an empty answer, for a guest. */
  token?: string | (() => string | Promise<string>)
  environment?: Environment
}

export interface RoomOptions {
  /** Keep a copy in this browser: edits survive the tab, and the room opens without the server. */
  offline?: boolean
}

/** One server, as one person uses it: its rooms over one socket, and its REST interface. */
export interface Client {
  readonly api: Api
  /**
   * Enters a room. Every call is met by one `destroy()`; a room that is entered twice is the same
   * room, with the options of the first time.
   */
  room(id: string, options?: RoomOptions): Room
  /** The room if somebody holds it now. */
  heldRoom(id: string): Room | undefined
  /** Brings to the server what earlier tabs kept in this browser and could not send. */
  sendKept(): Promise<void>
  /** Whether some room, held or left, has edits the server has not committed. */
  readonly hasUnsaved: boolean
  /** Makes the browser ask before the page is left while something is unsaved. */
  guardLeaving(): Unsubscribe
  /** Ends everything at once, saved or not. */
  destroy(): void
}

export function createClient(options: ClientOptions): Client {
  return new SocketClient(options)
}

class SocketClient implements Client {
  readonly api: Api
  readonly #environment: Environment
  readonly #connection: Connection
  readonly #token: () => string | Promise<string>
  readonly #rooms = new Map<string, SharedRoom>()
  readonly #stopListening: Unsubscribe
  #localCopies: LocalCopies | undefined

  constructor({ url, token = '', environment = browserEnvironment() }: ClientOptions) {
    this.#token = typeof token === 'function' ? token : () => token
    this.#environment = environment
    this.#connection = new Connection(socketUrl(url), environment)
    this.api = createApi(url, this.#token)
    this.#stopListening = environment.onSignal((signal) => {
      if (signal === 'leaving') for (const room of this.#rooms.values()) room.hide()
      if (signal === 'returned') for (const room of this.#rooms.values()) room.show()
    })
  }

  get hasUnsaved(): boolean {
    return [...this.#rooms.values()].some((room) => !room.saved)
  }

  room(id: string, options: RoomOptions = {}): Room {
    const known = this.#rooms.get(id)
    if (known !== undefined) {
      known.hold()
      return known
    }
    const room = new SharedRoom(id, {
      connection: this.#connection,
      environment: this.#environment,
      token: this.#token,
      localCopies: options.offline === true ? this.#openLocalCopies() : undefined,
      onEnd: () => this.#rooms.delete(id),
    })
    this.#rooms.set(id, room)
    return room
  }

  heldRoom(id: string): Room | undefined {
    const room = this.#rooms.get(id)
    return room?.isHeld === true ? room : undefined
  }

  async sendKept(): Promise<void> {
    // A room that is left with unsaved edits stays until they are saved.
    const rooms = await this.#openLocalCopies()?.unsavedRooms()
    for (const id of rooms ?? []) this.room(id, { offline: true }).destroy()
  }

  guardLeaving(): Unsubscribe {
    const ask = (event: BeforeUnloadEvent) => {
      if (this.hasUnsaved) event.preventDefault()
    }
    window.addEventListener('beforeunload', ask)
    return () => window.removeEventListener('beforeunload', ask)
  }

  destroy(): void {
    for (const room of [...this.#rooms.values()]) room.abandon()
    this.#connection.destroy()
    this.#stopListening()
    this.#localCopies?.close()
  }

  #openLocalCopies(): LocalCopies | undefined {
    const { indexedDB } = this.#environment
    if (this.#localCopies === undefined && indexedDB !== undefined) this.#localCopies = new LocalCopies(indexedDB)
    return this.#localCopies
  }
}

function socketUrl(url: string): string {
  const address = new URL('/collab', url)
  address.protocol = address.protocol === 'https:' ? 'wss:' : 'ws:'
  return address.href
}
