import { describe, expect, it } from 'vitest'
import * as Y from 'yjs'

import { createClient } from '../src/client'
import type { SaveState } from '../src/room'
import { FakeEnvironment, FakeServer, recorder } from './fakes'

function setUp() {
  const environment = new FakeEnvironment()
  const client = createClient({ url: 'http://gala.test', environment })
  const room = client.room('page')
  const server = new FakeServer(environment, 'page')
  const title = room.doc.getText('title')
  return { environment, client, room, server, title }
}

describe('“saved”', () => {
  it('is true while nothing has been written', async () => {
    const { room, server } = setUp()
    expect(room.saveState).toBe('saved')

    await server.welcome()

    expect(room.saveState).toBe('saved')
  })

  it('comes back only with the acknowledgement of the edit', async () => {
    const { room, server, title } = setUp()
    await server.welcome()
    await server.acknowledge()
    const { listener, heard } = recorder<boolean>()
    room.on('saved', listener)

    title.insert(0, 'Hi')
    expect(room.saveState).toBe('saving')
    expect(server.socket.to('page', 'update')).toHaveLength(1)
    await server.acknowledge()

    expect(room.saveState).toBe('saved')
    expect(heard()).toEqual([false, true])
  })

  it('is not said for a later edit by the acknowledgement of an earlier one', async () => {
    const { room, server, title } = setUp()
    await server.welcome()
    await server.acknowledge()
    title.insert(0, 'a')
    title.insert(1, 'b')

    await server.acknowledge()
    expect(room.saved).toBe(false)
    await server.acknowledge()
    expect(room.saved).toBe(true)
  })

  it('waits for the answer to step 1 as well, which may hold edits too', async () => {
    const { room, server, title } = setUp()
    await server.welcome()
    title.insert(0, 'Hi')

    await server.acknowledge()
    expect(room.saved).toBe(false)
    await server.acknowledge()
    expect(room.saved).toBe(true)
  })

  it('needs no update frames for what was written before the room was joined', async () => {
    const { room, server, title } = setUp()
    title.insert(0, 'early')
    expect(room.saveState).toBe('offline')

    await server.welcome()
    expect(server.socket.to('page', 'update')).toHaveLength(0)
    server.take()
    expect(server.doc.getText('title').toString()).toBe('early')
    await server.acknowledge()

    expect(room.saved).toBe(true)
  })

  it('is said after a reconnect only when what was lost has been sent again and acknowledged', async () => {
    const { environment, room, server, title } = setUp()
    await server.welcome()
    await server.acknowledge()
    await environment.pass(6_000)
    title.insert(0, 'lost on the way')
    await server.socket.drop()
    expect(room.saveState).toBe('offline')
    title.insert(0, 'while away ')

    await environment.pass(300)
    await server.welcome()
    expect(room.saveState).toBe('saving')
    server.take()
    expect(server.doc.getText('title').toString()).toBe('while away lost on the way')
    await server.acknowledge()

    expect(room.saved).toBe(true)
  })

  it('is never said of an edit the server refuses', async () => {
    const { room, server, title } = setUp()
    await server.socket.open()
    await server.admit('readonly')
    await server.acknowledge()
    expect(room.snapshot.access).toBe('read')

    title.insert(0, 'not allowed')
    await server.acknowledge(false)

    expect(room.saveState).toBe('denied')
    expect(room.saved).toBe(false)
  })

  it('passes through every step in order', async () => {
    const { environment, room, server, title } = setUp()
    const { listener, heard } = recorder<SaveState>()
    room.on('saveState', listener)
    await server.welcome()
    await server.acknowledge()

    title.insert(0, 'a')
    await server.socket.drop()
    await environment.pass(20_000)
    await server.welcome()
    await server.acknowledge()

    expect(heard()).toEqual(['saving', 'offline', 'saving', 'saved'])
  })

  it('is not disturbed by what others write', async () => {
    const { room, server } = setUp()
    await server.welcome()
    await server.acknowledge()
    const updates: Uint8Array[] = []
    server.doc.on('update', (update: Uint8Array) => updates.push(update))
    server.doc.getText('title').insert(0, 'theirs')

    for (const update of updates) await server.saySync(2, update)

    expect(room.doc.getText('title').toString()).toBe('theirs')
    expect(room.saved).toBe(true)
    expect(server.socket.to('page', 'update')).toHaveLength(0)
  })

  it('waits for what another source has put into the document, as for an edit', async () => {
    const { room, server } = setUp()
    await server.welcome()
    await server.acknowledge()
    const elsewhere = new Y.Doc()
    elsewhere.getText('title').insert(0, 'imported')

    Y.applyUpdate(room.doc, Y.encodeStateAsUpdate(elsewhere), 'import')

    expect(room.saved).toBe(false)
    expect(server.socket.to('page', 'update')).toHaveLength(1)
  })

  it('stops a change that no frame can hold before the server closes the socket for it', async () => {
    const { room, server, title } = setUp()
    await server.welcome()
    await server.acknowledge()

    title.insert(0, 'x'.repeat(17 * 1024 * 1024))

    expect(room.saveState).toBe('denied')
    expect(server.socket.to('page', 'update')).toHaveLength(0)
  })
})

describe('a room that is left with unsaved edits', () => {
  it('stays until they are saved, unseen by the others', async () => {
    const { client, room, server, title } = setUp()
    await server.welcome()
    await server.acknowledge()
    title.insert(0, 'the last word')

    room.destroy()
    expect(client.heldRoom('page')).toBeUndefined()
    expect(client.hasUnsaved).toBe(true)
    expect(server.socket.to('page', 'leave')).toHaveLength(0)
    await server.acknowledge()

    expect(client.hasUnsaved).toBe(false)
    expect(server.socket.to('page', 'leave')).toHaveLength(1)
  })

  it('is the same room when it is entered again meanwhile', async () => {
    const { client, room, server, title } = setUp()
    await server.welcome()
    title.insert(0, 'still here')
    room.destroy()

    const again = client.room('page')

    expect(again).toBe(room)
    expect(again.awareness.getLocalState()).not.toBeNull()
  })
})
