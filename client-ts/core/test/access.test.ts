import { describe, expect, it, vi } from 'vitest'

import { createClient } from '../src/client'
import { ProblemError } from '../src/problem'
import type { RoomSnapshot } from '../src/room'
import { FakeEnvironment, FakeServer, recorder } from './fakes'

function setUp(token?: (room?: string) => string | Promise<string>) {
  const environment = new FakeEnvironment()
  const client = createClient({ url: 'http://gala.test', environment, ...(token === undefined ? {} : { token }) })
  const room = client.room('page')
  const server = new FakeServer(environment, 'page')
  return { environment, client, room, server, title: room.doc.getText('title') }
}

describe('access that changes while the room is open', () => {
  it('counts at once, on the same socket', async () => {
    const { environment, room, server } = setUp()
    await server.welcome()
    await server.acknowledge()
    const { listener, heard } = recorder<RoomSnapshot>()
    room.on('snapshot', listener)

    await server.allow('readonly')
    await server.allow('read-write')

    expect(heard().map(({ access }) => access)).toEqual(['read', 'write'])
    expect(room.status).toBe('connected')
    expect(environment.sockets).toHaveLength(1)
    expect(server.socket.to('page', 'token')).toHaveLength(1)
  })

  it('does not say of an edit that is under way that it is saved', async () => {
    const { room, server, title } = setUp()
    await server.welcome()
    await server.acknowledge()
    title.insert(0, 'too late')

    await server.allow('readonly')
    expect(room.saveState).toBe('saving')
    await server.acknowledge(false)

    expect(room.snapshot).toMatchObject({ saveState: 'denied', access: 'read', status: 'connected' })
  })

  it('still says that an edit is saved which came in time', async () => {
    const { room, server, title } = setUp()
    await server.welcome()
    await server.acknowledge()
    title.insert(0, 'in time')

    await server.allow('readonly')
    await server.acknowledge()

    expect(room.snapshot).toMatchObject({ saveState: 'saved', access: 'read' })
  })

  it('brings what was refused to the server when it is raised again', async () => {
    const { room, server, title } = setUp()
    await server.welcome()
    await server.acknowledge()
    await server.allow('readonly')
    title.insert(0, 'refused')
    await server.acknowledge(false)

    await server.allow('read-write')
    expect(room.saveState).toBe('saving')
    await server.answerStep1()
    server.take()
    expect(server.doc.getText('title').toString()).toBe('refused')
    await server.acknowledge()

    expect(room.saved).toBe(true)
  })

  it('waits for edits under way as well as for those offered again', async () => {
    const { room, server, title } = setUp()
    await server.welcome()
    await server.acknowledge()
    await server.allow('readonly')
    title.insert(0, 'a')
    await server.acknowledge(false)
    await server.allow('read-write')
    title.insert(1, 'b')

    await server.acknowledge()
    expect(room.saved).toBe(false)
    await server.answerStep1()
    expect(room.saved).toBe(false)
    await server.acknowledge()

    expect(room.saved).toBe(true)
  })
})

describe('a token', () => {
  it('is asked for with the room, and anew when the server wants one', async () => {
    const token = vi.fn(async (room?: string) => `${room}.${token.mock.calls.length}`)
    const { room, server } = setUp(token)
    await server.welcome()
    await server.acknowledge()

    await server.wantToken()

    expect(server.socket.to('page', 'token').map(({ body }) => body)).toEqual(['page.1', 'page.2'])
    expect(room.snapshot).toMatchObject({ status: 'connected', saveState: 'saved' })
  })

  it('is empty where a cookie says who it is', async () => {
    const { server } = setUp()
    await server.welcome()

    await server.wantToken()

    expect(server.socket.to('page', 'token').map(({ body }) => body)).toEqual(['', ''])
  })

  it('that cannot be had now is asked for again later', async () => {
    const token = vi.fn(async () => 'good')
    token.mockRejectedValueOnce(new ProblemError('unreachable', 0, 'the server cannot be reached'))
    const { environment, room, server } = setUp(token)
    await server.socket.open()
    expect(server.socket.to('page', 'token')).toHaveLength(0)

    await environment.pass(600)
    await server.admit()

    expect(server.socket.to('page', 'token')).toHaveLength(1)
    expect(room.status).toBe('connected')
  })

  it('that is not to be had denies the room', async () => {
    const { environment, room, server } = setUp(async () => {
      throw new ProblemError('forbidden', 403, 'not yours')
    })
    await server.socket.open()
    await environment.pass(120_000)

    expect(room.snapshot).toMatchObject({ status: 'denied', denial: 'forbidden' })
    expect(server.socket.to('page', 'token')).toHaveLength(0)
  })
})

describe('a room whose session has ended', () => {
  it.each([
    [4401, 'unauthorized'],
    [4403, 'forbidden'],
    [4404, 'not_found'],
    [4413, 'refused'],
  ] as const)('says why after a close with %i, and does not come back', async (code, denial) => {
    const { environment, room, server } = setUp()
    await server.welcome()

    await server.socket.drop(code)
    await environment.pass(120_000)

    expect(room.snapshot).toMatchObject({ status: 'denied', denial })
    expect(environment.sockets).toHaveLength(1)
  })

  it.each([
    ['not signed in, or the token is not valid', 'unauthorized'],
    ['not allowed in this room', 'forbidden'],
    ['no such room', 'not_found'],
    ['the document is full', 'refused'],
  ] as const)('says why when it is denied alone: %s', async (reason, denial) => {
    const { environment, room, server } = setUp()
    await server.welcome()

    await server.deny(reason)
    await server.closeRoom(reason)
    await environment.pass(120_000)

    expect(room.snapshot).toMatchObject({ status: 'denied', denial, reason })
    expect(server.socket.to('page', 'token')).toHaveLength(1)
  })
})
