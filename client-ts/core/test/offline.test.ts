import { IDBFactory, IDBKeyRange } from 'fake-indexeddb'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import { applyUpdate, Doc } from 'yjs'

import { createClient } from '../src/client'
import { LocalCopies } from '../src/localCopies'
import { FakeEnvironment, FakeServer } from './fakes'

beforeAll(() => {
  globalThis.IDBKeyRange = IDBKeyRange
})

/** A tab: all tabs of one browser share the factory. */
async function openTab(factory: IDBFactory, keptFor = '') {
  const environment = new FakeEnvironment()
  environment.indexedDB = factory
  const client = createClient({ url: 'http://gala.test', keptFor, environment })
  const room = client.room('page', { offline: true })
  const server = new FakeServer(environment, 'page')
  await vi.waitFor(() => expect(environment.sockets).toHaveLength(1))
  return { environment, client, room, server, title: room.doc.getText('title') }
}

const SAVED = { unsavedMark: undefined, generation: undefined }

function unsaved(unsavedMark: string) {
  return { ...SAVED, unsavedMark }
}

function textOf(updates: readonly Uint8Array[]): string {
  const doc = new Doc()
  for (const update of updates) applyUpdate(doc, update)
  return doc.getText('title').toString()
}

describe('a room kept offline', () => {
  it('keeps edits through the end of the tab, and brings them to the server later', async () => {
    const factory = new IDBFactory()
    const first = await openTab(factory)
    first.title.insert(0, 'written on a train')
    await vi.waitFor(() => expect(first.room.snapshot).toMatchObject({ saveState: 'offline', isKept: true }))
    first.client.destroy()

    const second = await openTab(factory)
    expect(second.title.toString()).toBe('written on a train')
    expect(second.room.saved).toBe(false)
    await second.server.welcome()
    second.server.take()
    await second.server.acknowledge()

    expect(second.server.doc.getText('title').toString()).toBe('written on a train')
    expect(second.room.saved).toBe(true)
  })

  it('is there before the server has answered', async () => {
    const factory = new IDBFactory()
    const first = await openTab(factory)
    first.server.doc.getText('title').insert(0, 'seen before')
    await first.server.welcome()
    await vi.waitFor(() => expect(first.room.snapshot.isKept).toBe(true))
    first.client.destroy()

    const second = await openTab(factory)

    expect(second.room.snapshot).toMatchObject({ isLoaded: true, isSynced: false, status: 'connecting' })
    expect(second.title.toString()).toBe('seen before')
  })

  it('knows after the end of the tab that everything was saved', async () => {
    const factory = new IDBFactory()
    const first = await openTab(factory)
    await first.server.welcome()
    await first.server.acknowledge()
    first.title.insert(0, 'saved')
    await first.server.acknowledge()
    await vi.waitFor(() => expect(first.room.snapshot).toMatchObject({ saveState: 'saved', isKept: true }))
    first.client.destroy()

    const second = await openTab(factory)

    expect(second.title.toString()).toBe('saved')
    expect(second.room.saved).toBe(true)
  })

  it('is sent when the application comes back, though nobody opens the room', async () => {
    const factory = new IDBFactory()
    const first = await openTab(factory)
    first.title.insert(0, 'forgotten')
    await vi.waitFor(() => expect(first.room.snapshot.isKept).toBe(true))
    first.client.destroy()

    const environment = new FakeEnvironment()
    environment.indexedDB = factory
    const client = createClient({ url: 'http://gala.test', environment })
    await client.sendKept()
    await vi.waitFor(() => expect(environment.sockets).toHaveLength(1))
    expect(client.hasUnsaved).toBe(true)
    const server = new FakeServer(environment, 'page')
    await server.welcome()
    server.take()
    await server.acknowledge()

    expect(server.doc.getText('title').toString()).toBe('forgotten')
    expect(server.socket.to('page', 'leave')).toHaveLength(1)
    expect(client.hasUnsaved).toBe(false)
  })

  it('is not taken for saved by a tab that does not hold the last edit of another one', async () => {
    const copies = new LocalCopies(new IDBFactory())
    await copies.append('page', new Uint8Array([0, 0]), unsaved('one.1'))
    await copies.append('page', new Uint8Array([0, 0]), unsaved('two.1'))

    await copies.settle('page', 'one.1')
    expect(await copies.unsavedRooms()).toEqual(['page'])
    await copies.settle('page', 'two.1')
    expect(await copies.unsavedRooms()).toEqual([])
  })

  it('says that nothing is kept until the browser has committed it', async () => {
    const { room, title } = await openTab(new IDBFactory())
    await vi.waitFor(() => expect(room.snapshot.isKept).toBe(true))

    title.insert(0, 'a')
    expect(room.snapshot.isKept).toBe(false)

    await vi.waitFor(() => expect(room.snapshot.isKept).toBe(true))
  })

  it('works without a store, and does not claim to keep anything', async () => {
    const broken = new IDBFactory()
    broken.open = () => {
      throw new Error('private window')
    }
    const { room, server, title } = await openTab(broken)
    await server.welcome()
    title.insert(0, 'a')

    expect(room.snapshot.isKept).toBe(false)
    await server.acknowledge()
    await server.acknowledge()
    expect(room.saved).toBe(true)
  })
})

describe('what is not to be kept', () => {
  it('is thrown away here and in the store, and the room is entered anew as the server has it', async () => {
    const factory = new IDBFactory()
    const { client, room, title, environment } = await openTab(factory)
    title.insert(0, 'refused')
    await vi.waitFor(() => expect(room.snapshot.isKept).toBe(true))

    await client.discard('page')
    room.destroy()
    const again = client.room('page', { offline: true })
    await vi.waitFor(() => expect(environment.socket.onopen).not.toBeNull())

    expect(again).not.toBe(room)
    expect(again.doc.getText('title').toString()).toBe('')
    expect(again.saved).toBe(true)
    expect((await new LocalCopies(factory).read('page')).updates).toEqual([])
  })

  it('is not shown to somebody else, and is still there for whom it was kept', async () => {
    const factory = new IDBFactory()
    const ann = await openTab(factory, 'ann')
    ann.title.insert(0, 'private')
    await vi.waitFor(() => expect(ann.room.snapshot.isKept).toBe(true))
    ann.client.destroy()

    const ben = await openTab(factory, 'ben')
    await vi.waitFor(() => expect(ben.room.snapshot.isKept).toBe(true))
    expect(ben.title.toString()).toBe('')
    expect((await openTab(factory, 'ann')).title.toString()).toBe('private')
  })

  it('is gone with everything else when somebody else will use the browser', async () => {
    const factory = new IDBFactory()
    const copies = new LocalCopies(factory)
    await copies.append('other', new Uint8Array([0, 0]), unsaved('other.1'))
    const { client, room, title } = await openTab(factory)
    title.insert(0, 'private')
    await vi.waitFor(() => expect(room.snapshot.isKept).toBe(true))

    await client.forget()

    expect(client.hasUnsaved).toBe(false)
    expect(await copies.unsavedRooms()).toEqual([])
    expect((await copies.read('page')).updates).toEqual([])
    expect((await copies.read('other')).updates).toEqual([])
  })
})

describe('local copies', () => {
  it('merge many small updates when they are read, and lose nothing', async () => {
    const copies = new LocalCopies(new IDBFactory())
    const doc = new Doc()
    const written: Promise<void>[] = []
    doc.on('update', (update: Uint8Array) => written.push(copies.append('page', update, SAVED)))
    for (let index = 0; index < 250; index += 1) doc.getText('title').insert(index, 'x')
    await Promise.all(written)
    await copies.append('other', new Uint8Array([0, 0]), SAVED)

    expect((await copies.read('page')).updates).toHaveLength(250)
    const { updates } = await copies.read('page')
    expect(updates).toHaveLength(1)
    expect(textOf(updates)).toBe('x'.repeat(250))
    expect((await copies.read('other')).updates).toHaveLength(1)
  })
})
