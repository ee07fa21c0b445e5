import * as decoding from 'lib0/decoding'
import * as encoding from 'lib0/encoding'
import { vi } from 'vitest'
import * as Y from 'yjs'

import type { Unsubscribe } from '../src/emitter'
import type { Environment, Signal, Socket } from '../src/environment'

/** A world in which time passes only when told to, and sockets are held by the test. */
export class FakeEnvironment implements Environment {
  readonly sockets: FakeSocket[] = []
  indexedDB: IDBFactory | undefined
  isTabHidden = false
  cookie = ''
  #nowMs = 0
  readonly #timers = new Set<{ atMs: number; callback: () => void }>()
  readonly #listeners = new Set<(signal: Signal) => void>()

  /** The socket opened last. */
  get socket(): FakeSocket {
    const socket = this.sockets.at(-1)
    if (socket === undefined) throw new Error('no socket has been opened')
    return socket
  }

  openSocket(): Socket {
    const socket = new FakeSocket()
    this.sockets.push(socket)
    return socket
  }

  after(delayMs: number, callback: () => void): Unsubscribe {
    const timer = { atMs: this.#nowMs + delayMs, callback }
    this.#timers.add(timer)
    return () => this.#timers.delete(timer)
  }

  nowMs(): number {
    return this.#nowMs
  }

  /** Always the longest delay, so that a test knows when a retry comes. */
  random(): number {
    return 1
  }

  isHidden(): boolean {
    return this.isTabHidden
  }

  onSignal(listener: (signal: Signal) => void): Unsubscribe {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  cookies(): string {
    return this.cookie
  }

  signal(signal: Signal): void {
    for (const listener of [...this.#listeners]) listener(signal)
  }

  /** Lets time pass, and what waits for it happen. */
  async pass(ms: number): Promise<void> {
    const untilMs = this.#nowMs + ms
    for (;;) {
      const [next] = [...this.#timers].filter(({ atMs }) => atMs <= untilMs).sort((one, other) => one.atMs - other.atMs)
      if (next === undefined) break
      this.#timers.delete(next)
      this.#nowMs = next.atMs
      next.callback()
    }
    this.#nowMs = untilMs
    await settled()
  }
}

/** What a client sent in one frame. */
export interface Sent {
  address: string
  type: 'token' | 'step1' | 'step2' | 'update' | 'awareness' | 'awarenessQuery' | 'leave' | 'pong'
  /** Token, state vector or update. */
  body: Uint8Array | string
}

/** The server's end of a socket. */
export class FakeSocket implements Socket {
  binaryType = ''
  onopen: (() => void) | null = null
  onmessage: ((event: { data: unknown }) => void) | null = null
  onclose: ((event: { code: number; reason: string }) => void) | null = null
  readonly sent: Sent[] = []
  isClosedByClient = false

  send(frame: Uint8Array): void {
    this.sent.push(readFrame(frame))
  }

  close(): void {
    this.isClosedByClient = true
  }

  async open(): Promise<void> {
    this.onopen?.()
    await settled()
  }

  /** The server closes, or the network does. */
  async drop(code = 1006, reason = ''): Promise<void> {
    this.onclose?.({ code, reason })
    await settled()
  }

  async deliver(frame: Uint8Array): Promise<void> {
    this.onmessage?.({ data: frame.slice().buffer })
    await settled()
  }

  /** What was sent to a room, of one type. */
  to(address: string, type: Sent['type']): Sent[] {
    return this.sent.filter((sent) => sent.address === address && sent.type === type)
  }
}

/** A server that has one document per room, and says only what a test makes it say. */
export class FakeServer {
  readonly doc = new Y.Doc()
  readonly #environment: FakeEnvironment
  readonly #address: string

  constructor(environment: FakeEnvironment, address: string) {
    this.#environment = environment
    this.#address = address
  }

  get socket(): FakeSocket {
    return this.#environment.socket
  }

  /** Opens the socket and answers as far as to ask what the client has. */
  async welcome(): Promise<void> {
    await this.socket.open()
    await this.admit()
  }

  /** Lets the client in: authenticated, step 2, step 1. */
  async admit(scope = 'read-write'): Promise<void> {
    await this.allow(scope)
    await this.answerStep1()
  }

  /** Says what the client may do, for the first time or anew. */
  async allow(scope: string): Promise<void> {
    await this.say(2, (encoder) => {
      encoding.writeVarUint(encoder, 2)
      encoding.writeVarString(encoder, scope)
    })
  }

  /** Answers what the client has asked last, and asks what it has. */
  async answerStep1(): Promise<void> {
    const [step1] = this.socket.to(this.#address, 'step1').slice(-1)
    const stateVector = step1?.body instanceof Uint8Array ? step1.body : new Uint8Array([0])
    await this.saySync(1, Y.encodeStateAsUpdate(this.doc, stateVector))
    await this.saySync(0, Y.encodeStateVector(this.doc))
  }

  /** Everything the client has sent on this socket is applied; nothing is acknowledged. */
  take(): void {
    for (const { type, body } of this.socket.sent) {
      if ((type === 'step2' || type === 'update') && body instanceof Uint8Array) Y.applyUpdate(this.doc, body)
    }
  }

  async acknowledge(saved = true): Promise<void> {
    await this.say(8, (encoder) => encoding.writeVarInt(encoder, saved ? 1 : 0))
  }

  async deny(reason: string): Promise<void> {
    await this.say(2, (encoder) => {
      encoding.writeVarUint(encoder, 1)
      encoding.writeVarString(encoder, reason)
    })
  }

  /** Says which life of the room this is; servers do so when a client has entered it. */
  async tellGeneration(generation: number): Promise<void> {
    await this.say(5, (encoder) => encoding.writeVarString(encoder, JSON.stringify({ generation })))
  }

  async wantToken(): Promise<void> {
    await this.say(2, (encoder) => encoding.writeVarUint(encoder, 0))
  }

  async closeRoom(reason: string): Promise<void> {
    await this.say(7, (encoder) => encoding.writeVarString(encoder, reason))
  }

  async sayAwareness(update: Uint8Array): Promise<void> {
    await this.say(1, (encoder) => encoding.writeVarUint8Array(encoder, update))
  }

  async saySync(type: number, body: Uint8Array): Promise<void> {
    await this.say(0, (encoder) => {
      encoding.writeVarUint(encoder, type)
      encoding.writeVarUint8Array(encoder, body)
    })
  }

  async say(type: number, writeBody: (encoder: encoding.Encoder) => void): Promise<void> {
    const encoder = encoding.createEncoder()
    encoding.writeVarString(encoder, this.#address)
    encoding.writeVarUint(encoder, type)
    writeBody(encoder)
    await this.socket.deliver(encoding.toUint8Array(encoder))
  }
}

/** One awareness entry, as a server would send it. */
export function awarenessEntry(clientId: number, clock: number, state: unknown): Uint8Array {
  const encoder = encoding.createEncoder()
  encoding.writeVarUint(encoder, 1)
  encoding.writeVarUint(encoder, clientId)
  encoding.writeVarUint(encoder, clock)
  encoding.writeVarString(encoder, JSON.stringify(state))
  return encoding.toUint8Array(encoder)
}

/** Lets everything that was promised and does not wait for time happen. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 10; turn += 1) await Promise.resolve()
}

/** Collects what a listener is told. */
export function recorder<Value>() {
  const listener = vi.fn<(value: Value) => void>()
  return { listener, heard: () => listener.mock.calls.map(([value]) => value) }
}

function readFrame(frame: Uint8Array): Sent {
  if (frame.length === 1 && frame[0] === 10) return { address: '', type: 'pong', body: '' }
  const decoder = decoding.createDecoder(frame)
  const address = decoding.readVarString(decoder)
  switch (decoding.readVarUint(decoder)) {
    case 0: {
      const type = (['step1', 'step2', 'update'] as const)[decoding.readVarUint(decoder)] ?? 'update'
      return { address, type, body: decoding.readVarUint8Array(decoder) }
    }
    case 1:
      return { address, type: 'awareness', body: decoding.readVarUint8Array(decoder) }
    case 2:
      decoding.readVarUint(decoder)
      return { address, type: 'token', body: decoding.readVarString(decoder) }
    case 3:
      return { address, type: 'awarenessQuery', body: '' }
    case 7:
      return { address, type: 'leave', body: '' }
    default:
      throw new Error('the client sent a frame that is not of the dialect')
  }
}
