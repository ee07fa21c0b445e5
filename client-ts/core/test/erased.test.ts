import { IDBFactory, IDBKeyRange } from 'fake-indexeddb'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import { applyUpdate, Doc } from 'yjs'

import { createClient } from '../src/client'
import { LocalCopies } from '../src/localCopies'
import type { Room } from '../src/room'
import { FakeEnvironment, FakeServer, settled } from './fakes'

beforeAll(() => {
  globalThis.IDBKeyRange = IDBKeyRange
})

/** A tab that is in the room; all tabs of one browser share the factory. */
async function openTab(factory?: IDBFactory) {
  const environment = new FakeEnvironment()
  environment.indexedDB = factory
  const client = createClient({ url: 'http://gala.test', environment })
  const room = client.room('page', { offline: factory !== undefined })
  await vi.waitFor(() => expect(environment.sockets).toHaveLength(1))
  return { environment, client, room, server: new FakeServer(environment, 'page') }
}

/** The server lets the client into this life of the room. */
async function welcome(server: FakeServer, generation: number): Promise<void> {
  await server.socket.open()
  await server.allow('read-write')
  await server.tellGeneration(generation)
  await server.answerStep1()
}

async function write(room: Room, text: string): Promise<void> {
  room.doc.getText('title').insert(0, text)
  await vi.waitFor(() => expect(room.snapshot.isKept).toBe(true))
}

function textOf(updates: readonly Uint8Array[]): string {
  const doc = new Doc()
  for (const update of updates) applyUpdate(doc, update)
  return doc.getText('title').toString()
}

describe('content that was erased', () => {
  it('is dropped when the server says so, here and in the store', async () => {
    const factory = new IDBFactory()
    const { room, server, client } = await openTab(factory)
    await welcome(server, 1)
    await write(room, 'secret')

    await server.deny('this content was erased; drop your copy')

    expect(room.snapshot).toMatchObject({ status: 'denied', denial: 'erased' })
    expect(client.hasUnsaved).toBe(false)
    expect((await new LocalCopies(factory).read('page')).updates).toEqual([])
  })

  it('is dropped when the socket is closed with the code for it', async () => {
    const { room, server } = await openTab()
    await welcome(server, 1)

    await server.socket.drop(4410, 'erased')

    expect(room.snapshot.denial).toBe('erased')
  })

  it('makes way for a new document, in which one can write', async () => {
    const { room, client, server } = await openTab()
    await welcome(server, 1)
    room.doc.getText('title').insert(0, 'secret')
    const entered: Room[] = []
    room.on('snapshot', ({ denial }) => {
      if (denial === 'erased') entered.push(client.room('page'))
    })

    await server.deny('this content was erased; drop your copy')
    await server.allow('read-write')
    await server.tellGeneration(2)
    await server.answerStep1()
    entered[0]?.doc.getText('title').insert(0, 'new')
    server.take()

    expect(entered).toHaveLength(1)
    expect(entered[0]?.doc.getText('title').toString()).toBe('new')
    expect(entered[0]?.status).toBe('connected')
  })
})

describe('a room that was erased while a tab was away', () => {
  it('is never sent what the tab still has', async () => {
    const { room, server, environment } = await openTab()
    await welcome(server, 1)
    room.doc.getText('title').insert(0, 'secret')
    await server.socket.drop()
    await environment.pass(10_000)

    await welcome(server, 2)

    expect(room.snapshot.denial).toBe('erased')
    expect(server.socket.to('page', 'step2')).toEqual([])
  })

  it('is never sent what the browser kept of it', async () => {
    const factory = new IDBFactory()
    const first = await openTab(factory)
    await welcome(first.server, 1)
    await write(first.room, 'secret')
    first.client.destroy()

    const second = await openTab(factory)
    expect(second.room.doc.getText('title').toString()).toBe('secret')
    await welcome(second.server, 2)

    expect(second.room.snapshot.denial).toBe('erased')
    expect(second.server.socket.to('page', 'step2')).toEqual([])
    expect((await new LocalCopies(factory).read('page')).updates).toEqual([])
  })

  it('keeps what another tab writes into it afterwards, and nothing of the one that does not know', async () => {
    const factory = new IDBFactory()
    const late = await openTab(factory)
    await welcome(late.server, 1)
    await write(late.room, 'secret')
    const early = await openTab(factory)
    await welcome(early.server, 2)
    const again = early.client.room('page', { offline: true })
    await vi.waitFor(() => expect(early.server.socket.to('page', 'token')).toHaveLength(2))
    await early.server.tellGeneration(2)
    await write(again, 'new')

    late.room.doc.getText('title').insert(0, 'more ')
    await settled()

    await vi.waitFor(async () => expect(textOf((await new LocalCopies(factory).read('page')).updates)).toBe('new'))
    await vi.waitFor(() => expect(late.room.snapshot.isKept).toBe(false))
  })

  it('is the same one as long as the server says the same', async () => {
    const factory = new IDBFactory()
    const first = await openTab(factory)
    await welcome(first.server, 3)
    await write(first.room, 'kept')
    first.client.destroy()

    const second = await openTab(factory)
    await welcome(second.server, 3)

    expect(second.room.status).toBe('connected')
    expect(second.room.doc.getText('title').toString()).toBe('kept')
  })
})
