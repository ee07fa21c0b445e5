/**
 * The dialect spoken on `/collab`: that of Hocuspocus 4, because it carries many rooms on one
 * socket and acknowledges each change. A frame is an address (the room), a type and a body.
 */
import * as decoding from 'lib0/decoding'
import * as encoding from 'lib0/encoding'

/** Sent after the token; a server reads from it that pings and acknowledgements are understood. */
const DIALECT_VERSION = '4.8.0'

/** The server closes a socket that sends more than this in one frame. */
export const MAX_FRAME_BYTES = 16 * 1024 * 1024

const PING = 9
const PONG = new Uint8Array([10])

const MessageType = {
  sync: 0,
  awareness: 1,
  auth: 2,
  queryAwareness: 3,
  syncReply: 4,
  stateless: 5,
  close: 7,
  syncStatus: 8,
} as const

const SyncType = { step1: 0, step2: 1, update: 2 } as const
const AuthType = { token: 0, permissionDenied: 1, authenticated: 2 } as const

/** What the server says about one room. */
export type ServerMessage =
  | { type: 'step1'; stateVector: Uint8Array }
  | { type: 'step2'; update: Uint8Array }
  | { type: 'update'; update: Uint8Array }
  | { type: 'awareness'; update: Uint8Array }
  | { type: 'awarenessWanted' }
  | { type: 'tokenWanted' }
  | { type: 'denied'; reason: string }
  | { type: 'authenticated'; access: RoomAccess }
  /** Which life of the room this is: what is kept from another one is void. */
  | { type: 'generation'; generation: number }
  | { type: 'acknowledged'; saved: boolean }
  | { type: 'closed'; reason: string }
  /** Nothing this client acts on: a message of an application, or of a later dialect. */
  | { type: 'other' }

/** What the server lets this client do in the room. */
export type RoomAccess = 'read' | 'write'

/** One frame of the server. */
export type ServerFrame = { type: 'ping' } | { type: 'room'; address: string; message: ServerMessage }

/** Throws if the frame does not follow the dialect. */
export function decode(frame: Uint8Array): ServerFrame {
  // A ping is the only frame without an address.
  if (frame.length === 1 && frame[0] === PING) return { type: 'ping' }
  const decoder = decoding.createDecoder(frame)
  const address = decoding.readVarString(decoder)
  return { type: 'room', address, message: decodeMessage(decoder) }
}

function decodeMessage(decoder: decoding.Decoder): ServerMessage {
  switch (decoding.readVarUint(decoder)) {
    case MessageType.sync:
    case MessageType.syncReply:
      return decodeSync(decoder)
    case MessageType.awareness:
      return { type: 'awareness', update: decoding.readVarUint8Array(decoder) }
    case MessageType.auth:
      return decodeAuth(decoder)
    case MessageType.queryAwareness:
      return { type: 'awarenessWanted' }
    case MessageType.stateless:
      return decodeStateless(decoding.readVarString(decoder))
    case MessageType.close:
      return { type: 'closed', reason: decoding.readVarString(decoder) }
    case MessageType.syncStatus:
      return { type: 'acknowledged', saved: decoding.readVarInt(decoder) === 1 }
    default:
      return { type: 'other' }
  }
}

function decodeSync(decoder: decoding.Decoder): ServerMessage {
  const type = decoding.readVarUint(decoder)
  const body = decoding.readVarUint8Array(decoder)
  switch (type) {
    case SyncType.step1:
      return { type: 'step1', stateVector: body }
    case SyncType.step2:
      return { type: 'step2', update: body }
    case SyncType.update:
      return { type: 'update', update: body }
    default:
      return { type: 'other' }
  }
}

function decodeAuth(decoder: decoding.Decoder): ServerMessage {
  switch (decoding.readVarUint(decoder)) {
    case AuthType.token:
      return { type: 'tokenWanted' }
    case AuthType.permissionDenied:
      return { type: 'denied', reason: decoding.readVarString(decoder) }
    case AuthType.authenticated:
      return { type: 'authenticated', access: decoding.readVarString(decoder) === 'readonly' ? 'read' : 'write' }
    default:
      return { type: 'other' }
  }
}

/** Applications may say what they like in these; the server says one thing. */
function decodeStateless(text: string): ServerMessage {
  const generation = /^\{"generation":(\d+)\}$/.exec(text)?.[1]
  return generation === undefined ? { type: 'other' } : { type: 'generation', generation: Number(generation) }
}

/** The answer to a ping. */
export function encodePong(): Uint8Array {
  return PONG
}

/** Introduces this client to a room; an empty token means a guest. */
export function encodeToken(address: string, token: string): Uint8Array {
  return encode(address, MessageType.auth, (encoder) => {
    encoding.writeVarUint(encoder, AuthType.token)
    encoding.writeVarString(encoder, token)
    encoding.writeVarString(encoder, DIALECT_VERSION)
  })
}

/** Asks for everything that is not in the state vector. */
export function encodeStep1(address: string, stateVector: Uint8Array): Uint8Array {
  return encodeSync(address, SyncType.step1, stateVector)
}

/** Answers the server's step 1. The server acknowledges it once. */
export function encodeStep2(address: string, update: Uint8Array): Uint8Array {
  return encodeSync(address, SyncType.step2, update)
}

/** A change. The server acknowledges it once. */
export function encodeUpdate(address: string, update: Uint8Array): Uint8Array {
  return encodeSync(address, SyncType.update, update)
}

/** Presence. */
export function encodeAwareness(address: string, update: Uint8Array): Uint8Array {
  return encode(address, MessageType.awareness, (encoder) => encoding.writeVarUint8Array(encoder, update))
}

/** Asks who is in the room; a live server always answers. */
export function encodeAwarenessQuery(address: string): Uint8Array {
  return encode(address, MessageType.queryAwareness, () => {})
}

/** Leaves one room; the socket stays. */
export function encodeLeave(address: string): Uint8Array {
  return encode(address, MessageType.close, () => {})
}

function encodeSync(address: string, type: number, body: Uint8Array): Uint8Array {
  return encode(address, MessageType.sync, (encoder) => {
    encoding.writeVarUint(encoder, type)
    encoding.writeVarUint8Array(encoder, body)
  })
}

function encode(address: string, type: number, writeBody: (encoder: encoding.Encoder) => void): Uint8Array {
  const encoder = encoding.createEncoder()
  encoding.writeVarString(encoder, address)
  encoding.writeVarUint(encoder, type)
  writeBody(encoder)
  return encoding.toUint8Array(encoder)
}
