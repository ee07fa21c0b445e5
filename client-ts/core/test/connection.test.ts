import { describe, expect, it, vi } from 'vitest'
import * as Y from 'yjs'

import { createClient } from '../src/client'
import { RoomDeniedError, type RoomStatus } from '../src/room'
import { FakeEnvironment, FakeServer, recorder } from './fakes'

function setUp(token?: () => string | Promise<string>) {
  const environment = new FakeEnvironment()
  const client = createClient({ url: 'http://gala.test', environment, ...(token === undefined ? {} : { token }) })
  const room = client.room('page')
  const server = new FakeServer(environment, 'page')
  const { listener, heard: statuses } = recorder<RoomStatus>()
  room.on('status', listener)
  return { environment, client, room, server, statuses }
}

describe('a connection', () => {
  it('carries all rooms on one socket', async () => {
    const { environment, client, server } = setUp()
    client.room('other')
    await server.welcome()

    client.room('third')
    await environment.pass(0)

    expect(environment.sockets).toHaveLength(1)
    expect(server.socket.to('other', 'step1')).toHaveLength(1)
    expect(server.socket.to('third', 'step1')).toHaveLength(1)
  })

  it('introduces itself, asks for what it lacks, and says who is here, in this order', async () => {
    const { server } = setUp(() => 'secret')
    await server.socket.open()

    expect(server.socket.sent.map(({ type }) => type)).toEqual(['token', 'step1', 'awareness'])
    expect(server.socket.sent[0]?.body).toBe('secret')
  })

  it('asks for a new token for every join, and when the server wants one', async () => {
    const token = vi.fn(async () => `t${token.mock.calls.length}`)
    const { environment, server } = setUp(token)
    await server.welcome()
    await server.wantToken()
    await server.socket.drop()
    await environment.pass(20_000)
    await server.welcome()

    const sent = environment.sockets.flatMap((socket) => socket.to('page', 'token'))
    expect(sent.map(({ body }) => body)).toEqual(['t1', 't2', 't3'])
  })

  it('answers a ping', async () => {
    const { server } = setUp()
    await server.welcome()

    await server.socket.deliver(new Uint8Array([9]))

    expect(server.socket.sent.at(-1)?.type).toBe('pong')
  })

  it('comes back by itself, less and less eagerly', async () => {
    const { environment, server, statuses } = setUp()
    await server.welcome()
    await environment.pass(6_000)
    await server.socket.drop()
    expect(environment.sockets).toHaveLength(1)

    await environment.pass(300)
    expect(environment.sockets).toHaveLength(2)
    await server.socket.drop()
    await environment.pass(599)
    expect(environment.sockets).toHaveLength(2)
    await environment.pass(1)
    expect(environment.sockets).toHaveLength(3)
    await server.welcome()

    expect(statuses()).toEqual(['connected', 'connecting', 'offline', 'connecting', 'connected'])
  })

  it('counts a server that turns it away at once as one that cannot be reached', async () => {
    const { environment, room, server } = setUp()
    await server.welcome()

    await server.socket.drop(1013)

    expect(room.status).toBe('offline')
    await environment.pass(599)
    expect(environment.sockets).toHaveLength(1)
  })

  it('is given up when nothing arrives for 30 seconds', async () => {
    const { environment, server } = setUp()
    await server.welcome()
    await environment.pass(29_000)
    await server.socket.deliver(new Uint8Array([9]))
    const silent = server.socket

    await environment.pass(29_999)
    expect(silent.isClosedByClient).toBe(false)
    await environment.pass(1)
    expect(silent.isClosedByClient).toBe(true)
  })

  it('is asked for a sign of life when the network changes, and given up without one', async () => {
    const { environment, server } = setUp()
    await server.welcome()
    const asked = server.socket

    environment.signal('offline')
    expect(asked.sent.at(-1)?.type).toBe('awarenessQuery')
    await environment.pass(5_000)

    expect(asked.isClosedByClient).toBe(true)
  })

  it('comes back at once when the network does', async () => {
    const { environment, server } = setUp()
    for (let attempt = 0; attempt < 8; attempt += 1) {
      await server.socket.drop()
      await environment.pass(10_000)
    }
    await server.socket.drop()
    const attempts = environment.sockets.length

    environment.signal('online')

    expect(environment.sockets).toHaveLength(attempts + 1)
  })

  it('closes when the last room has been left for a while', async () => {
    const { environment, room, server } = setUp()
    await server.welcome()

    room.destroy()
    expect(server.socket.isClosedByClient).toBe(false)
    await environment.pass(5_000)

    expect(server.socket.isClosedByClient).toBe(true)
    await environment.pass(60_000)
    expect(environment.sockets).toHaveLength(1)
  })

  it('starts anew after a frame that cannot be read', async () => {
    const { environment, server } = setUp()
    const complain = vi.spyOn(console, 'error').mockImplementation(() => {})
    await server.welcome()

    await server.socket.deliver(new Uint8Array([200, 1]))
    await environment.pass(1_000)

    expect(environment.sockets).toHaveLength(2)
    expect(complain).toHaveBeenCalledOnce()
    complain.mockRestore()
  })
})

describe('a room that is denied', () => {
  it('is not asked for again after a permanent close', async () => {
    const { environment, room, server, statuses } = setUp()
    await server.welcome()

    await server.socket.drop(4404, 'no such room')
    await environment.pass(120_000)

    expect(environment.sockets).toHaveLength(1)
    expect(statuses()).toEqual(['connected', 'denied'])
    expect(room.snapshot.reason).toBe('no such room')
  })

  it('leaves the other rooms of the socket alone', async () => {
    const { client, room, server, environment } = setUp()
    const other = client.room('other')
    await server.welcome()
    await new FakeServer(environment, 'other').admit()

    await server.deny('not yours')

    expect(room.status).toBe('denied')
    expect(other.status).toBe('connected')
  })

  it('tells whoever waits for it', async () => {
    const { room, server } = setUp()
    await server.socket.open()

    await server.deny('not yours')

    await expect(room.whenSynced).rejects.toThrow(RoomDeniedError)
  })

  it('can be entered anew once it has been left', async () => {
    const { client, room, server } = setUp()
    await server.socket.open()
    await server.deny('not yet')
    room.destroy()

    const again = client.room('page')
    await server.socket.open()
    await server.admit()

    expect(again).not.toBe(room)
    expect(again.status).toBe('connected')
  })
})

describe('a room the server closes alone', () => {
  it('is joined again on the same socket, with what was written meanwhile', async () => {
    const { environment, room, server } = setUp()
    await server.welcome()
    await server.acknowledge()

    await server.closeRoom('restarting')
    room.doc.getText('title').insert(0, 'meanwhile')
    expect(room.saveState).toBe('offline')
    await environment.pass(600)
    await server.admit()
    server.take()
    await server.acknowledge()

    expect(environment.sockets).toHaveLength(1)
    expect(server.doc.getText('title').toString()).toBe('meanwhile')
    expect(room.saved).toBe(true)
  })
})

describe('a room', () => {
  it('is synced when the server’s state is there', async () => {
    const { room, server } = setUp()
    server.doc.getText('title').insert(0, 'From the server')

    await server.welcome()
    await room.whenSynced

    expect(room.doc.getText('title').toString()).toBe('From the server')
  })

  it('applies an update it missed when it comes back', async () => {
    const { environment, room, server } = setUp()
    await server.welcome()
    await server.socket.drop()
    server.doc.getText('title').insert(0, 'missed')
    expect(Y.encodeStateVector(room.doc)).not.toEqual(Y.encodeStateVector(server.doc))

    await environment.pass(20_000)
    await server.welcome()

    expect(room.doc.getText('title').toString()).toBe('missed')
  })
})
