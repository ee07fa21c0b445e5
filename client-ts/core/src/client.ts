import { Connection } from './connection'
import { type Credentials, CSRF_COOKIE, cookieIn, type TokenSource } from './credentials'
import type { Unsubscribe } from './emitter'
import { browserEnvironment, type Environment } from './environment'
import { LocalCopies } from './localCopies'
import { type Api, createApi } from './rest'
import type { Room } from './room'
import { SharedRoom } from './sharedRoom'

export interface ClientOptions {
  /** Where the server is, such as `https://gala.example`. */
  url: string
  /** Left out in a browser that is signed in by its cookie. */
  token?: TokenSource
  /** Whom copies in this browser are kept for, so that the next person to sign in here does not see them. */
  keptFor?: string
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
  /**
   * Throws away what was written in a room and is not saved, here and in this browser's store. Whoever
   * holds the room leaves it, and enters it anew to see what the server has.
   */
  discard(id: string): Promise<void>
  /** Ends every room and empties this browser's store, for whoever uses the browser next. */
  forget(): Promise<void>
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
  readonly #keptFor: string
  readonly #connection: Connection
  readonly #credentials: Credentials
  readonly #rooms = new Map<string, SharedRoom>()
  readonly #stopListening: Unsubscribe
  #localCopies: LocalCopies | undefined

  constructor({ url, token = '', keptFor = '', environment = browserEnvironment() }: ClientOptions) {
    this.#credentials = {
      token: typeof token === 'function' ? token : () => token,
      csrfToken: () => cookieIn(environment.cookies(url), CSRF_COOKIE),
    }
    this.#environment = environment
    this.#keptFor = keptFor
    this.#connection = new Connection(socketUrl(url), environment)
    this.api = createApi(url, this.#credentials)
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
      token: () => this.#credentials.token(id),
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

  async discard(id: string): Promise<void> {
    this.#rooms.get(id)?.abandon()
    await this.#openLocalCopies()?.forget(id)
  }

  async forget(): Promise<void> {
    for (const room of [...this.#rooms.values()]) room.abandon()
    await this.#openLocalCopies()?.forgetAll()
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
    if (indexedDB !== undefined) this.#localCopies ??= new LocalCopies(indexedDB, this.#keptFor)
    return this.#localCopies
  }
}

function socketUrl(url: string): string {
  const address = new URL('/collab', url)
  address.protocol = address.protocol === 'https:' ? 'wss:' : 'ws:'
  return address.href
}
