import type { Unsubscribe } from './emitter'
import type { Environment, Signal, Socket } from './environment'
import { isPermanentClose, retryDelayMs } from './reconnect'
import { decode, encodeAwarenessQuery, encodePong, type ServerFrame, type ServerMessage } from './wire'

/** A socket on which nothing arrives for this long is dead: the server pings more often. */
const SILENCE_LIMIT_MS = 30_000
/** A socket that does not open within this time is given up. */
const OPEN_LIMIT_MS = 10_000
/** A socket that is in doubt (the network changed, the machine slept) has this long to answer. */
const PROBE_LIMIT_MS = 5_000
/** A connection that ends sooner counts as a failed attempt, so that a server that turns us away is not hammered. */
const STABLE_AFTER_MS = 5_000
/** The socket stays open this long after the last room was left, for the next one. */
const IDLE_LIMIT_MS = 5_000

/**
 * - `idle`: no room wants a socket
 * - `connecting`: the first attempt, or the first after a connection was lost
 * - `open`: the server has spoken on the present socket
 * - `offline`: an attempt has failed; the next ones come by themselves
 */
export type ConnectionStatus = 'idle' | 'connecting' | 'open' | 'offline'

/** One room on the connection. */
export interface Channel {
  /** A new socket is open, on which the server knows nothing of this room yet. */
  opened(): void
  received(message: ServerMessage): void
  /** The socket is gone; another one will be opened. */
  lost(): void
  /** The socket is gone for good, with this code. The channel is detached. */
  refused(code: number, reason: string): void
}

/** The one socket of a client, shared by all its rooms, reopened for as long as a room wants it. */
export class Connection {
  readonly #url: string
  readonly #environment: Environment
  readonly #channels = new Map<string, Channel>()
  readonly #stopListening: Unsubscribe
  #status: ConnectionStatus = 'idle'
  #socket: Socket | undefined
  #isOpen = false
  /** Attempts in a row that led to no stable connection. */
  #failures = 0
  #openedAtMs = 0
  #heardAtMs = 0
  #cancelRetry: Unsubscribe | undefined
  #cancelDeadline: Unsubscribe | undefined
  #cancelProbe: Unsubscribe | undefined
  #cancelIdle: Unsubscribe | undefined

  constructor(url: string, environment: Environment) {
    this.#url = url
    this.#environment = environment
    this.#stopListening = environment.onSignal((signal) => this.#notice(signal))
  }

  get status(): ConnectionStatus {
    return this.#status
  }

  /** Adds a room; its channel is told when there is a socket, at once if there is one. */
  attach(address: string, channel: Channel): void {
    this.#channels.set(address, channel)
    this.#cancelIdle?.()
    this.#cancelIdle = undefined
    if (this.#isOpen) channel.opened()
    else if (this.#socket === undefined && this.#cancelRetry === undefined) this.#open()
  }

  detach(address: string): void {
    this.#channels.delete(address)
    if (this.#channels.size > 0) return
    this.#cancelIdle?.()
    this.#cancelIdle = this.#environment.after(IDLE_LIMIT_MS, () => this.#rest())
  }

  /** Sends a frame if there is an open socket; what is not sent is made good by the next sync. */
  send(frame: Uint8Array): void {
    if (this.#isOpen) this.#socket?.send(frame)
  }

  destroy(): void {
    this.#channels.clear()
    this.#cancelIdle?.()
    this.#rest()
    this.#stopListening()
  }

  #open(): void {
    this.#cancelRetry = undefined
    if (this.#failures === 0) this.#status = 'connecting'
    const socket = this.#environment.openSocket(this.#url)
    socket.binaryType = 'arraybuffer'
    socket.onopen = () => this.#opened()
    socket.onmessage = ({ data }) => this.#received(data)
    socket.onclose = ({ code, reason }) => this.#closed(code, reason)
    this.#socket = socket
    this.#cancelDeadline = this.#environment.after(OPEN_LIMIT_MS, () => this.#drop())
  }

  #opened(): void {
    this.#isOpen = true
    this.#openedAtMs = this.#environment.nowMs()
    this.#heardAtMs = this.#openedAtMs
    this.#watchSilence(SILENCE_LIMIT_MS)
    for (const channel of [...this.#channels.values()]) channel.opened()
  }

  #received(data: unknown): void {
    this.#heardAtMs = this.#environment.nowMs()
    this.#cancelProbe?.()
    this.#cancelProbe = undefined
    this.#status = 'open'
    // Text frames are not part of the dialect.
    if (!(data instanceof ArrayBuffer)) return
    try {
      this.#handle(decode(new Uint8Array(data)))
    } catch (error) {
      // A frame that cannot be read may have held an update: only a new sync can tell.
      console.error(error)
      this.#drop()
    }
  }

  #handle(frame: ServerFrame): void {
    if (frame.type === 'ping') this.send(encodePong())
    else this.#channels.get(frame.address)?.received(frame.message)
  }

  #closed(code: number, reason: string): void {
    this.#release()
    if (isPermanentClose(code)) {
      const channels = [...this.#channels.values()]
      this.#channels.clear()
      this.#status = 'idle'
      for (const channel of channels) channel.refused(code, reason || `closed with code ${code}`)
      return
    }
    this.#retry()
  }

  /** Gives the socket up without waiting for its closing handshake, which a dead network never ends. */
  #drop(): void {
    const socket = this.#socket
    this.#release()
    socket?.close()
    this.#retry()
  }

  #retry(): void {
    if (this.#channels.size === 0) {
      this.#status = 'idle'
      return
    }
    const livedMs = this.#environment.nowMs() - this.#openedAtMs
    this.#failures = this.#status === 'open' && livedMs >= STABLE_AFTER_MS ? 0 : this.#failures + 1
    this.#status = this.#failures === 0 ? 'connecting' : 'offline'
    for (const channel of [...this.#channels.values()]) channel.lost()
    const delayMs = retryDelayMs(this.#failures, this.#environment.isHidden(), this.#environment.random)
    this.#cancelRetry = this.#environment.after(delayMs, () => this.#open())
  }

  #rest(): void {
    const socket = this.#socket
    this.#release()
    this.#cancelRetry?.()
    this.#cancelRetry = undefined
    this.#failures = 0
    socket?.close()
    this.#status = 'idle'
  }

  #release(): void {
    if (this.#socket !== undefined) {
      this.#socket.onopen = null
      this.#socket.onmessage = null
      this.#socket.onclose = null
    }
    this.#socket = undefined
    this.#isOpen = false
    this.#cancelDeadline?.()
    this.#cancelProbe?.()
    this.#cancelProbe = undefined
  }

  #watchSilence(delayMs: number): void {
    this.#cancelDeadline?.()
    this.#cancelDeadline = this.#environment.after(delayMs, () => {
      const silentMs = this.#environment.nowMs() - this.#heardAtMs
      if (silentMs >= SILENCE_LIMIT_MS) this.#drop()
      else this.#watchSilence(SILENCE_LIMIT_MS - silentMs)
    })
  }

  #notice(signal: Signal): void {
    switch (signal) {
      case 'online':
      case 'visible':
      case 'returned':
        if (this.#cancelRetry !== undefined) {
          this.#cancelRetry()
          this.#open()
        } else this.#probe()
        return
      case 'offline':
        // Not believed at once: a server on this machine or network may still be there.
        this.#probe()
        return
      case 'hidden':
      case 'leaving':
        return
    }
  }

  #probe(): void {
    const [address] = this.#channels.keys()
    if (!this.#isOpen || address === undefined || this.#cancelProbe !== undefined) return
    this.send(encodeAwarenessQuery(address))
    this.#cancelProbe = this.#environment.after(PROBE_LIMIT_MS, () => this.#drop())
  }
}
