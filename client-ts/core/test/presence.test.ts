import { describe, expect, it } from 'vitest'

import { createClient } from '../src/client'
import { awarenessEntry, FakeEnvironment, FakeServer } from './fakes'

const ben = { id: 'b', kind: 'guest', name: 'Ben', color: '#0e7490' }

async function setUp() {
  const environment = new FakeEnvironment()
  const client = createClient({ url: 'http://gala.test', environment })
  const room = client.room('page')
  const server = new FakeServer(environment, 'page')
  await server.welcome()
  const announced = () => server.socket.to('page', 'awareness').length
  return { environment, client, room, server, announced }
}

describe('presence', () => {
  it('shows the others by the name the server gives them, and nobody it has not named', async () => {
    const { room, server } = await setUp()

    await server.sayAwareness(awarenessEntry(7, 1, { user: ben, cursor: null }))
    await server.sayAwareness(awarenessEntry(8, 1, { user: 'whoever' }))
    await server.sayAwareness(awarenessEntry(9, 1, {}))

    expect(room.peers.map(({ clientId, user }) => [clientId, user.name])).toEqual([[7, 'Ben']])
  })

  it('forgets the others when the connection is lost', async () => {
    const { room, server } = await setUp()
    await server.sayAwareness(awarenessEntry(7, 1, { user: ben }))

    await server.socket.drop()

    expect(room.peers).toEqual([])
  })

  it('says who is here with a higher clock after a reconnect, for those who were told otherwise', async () => {
    const { environment, room, server } = await setUp()
    const before = room.awareness.meta.get(room.awareness.clientID)?.clock ?? 0
    await server.socket.drop()

    await environment.pass(20_000)
    await server.socket.open()

    expect(server.socket.to('page', 'awareness')).toHaveLength(1)
    expect(room.awareness.meta.get(room.awareness.clientID)?.clock).toBeGreaterThan(before)
  })

  it('contradicts whoever says that this client is gone', async () => {
    const { room, server, announced } = await setUp()
    const before = announced()

    await server.sayAwareness(awarenessEntry(room.doc.clientID, 50, null))

    expect(announced()).toBe(before + 1)
    expect(room.awareness.getLocalState()).not.toBeNull()
  })

  it('takes the name the server stamps on this client, and does not say it back', async () => {
    const { room, server, announced } = await setUp()
    const before = announced()

    await server.sayAwareness(awarenessEntry(room.doc.clientID, 50, { user: ben }))

    expect(room.awareness.getLocalState()).toEqual({ user: ben })
    expect(announced()).toBe(before)
  })

  it('ends while the tab is set aside, and comes back with it', async () => {
    const { environment, room, announced } = await setUp()
    const before = announced()

    environment.signal('leaving')
    expect(room.awareness.getLocalState()).toBeNull()
    environment.signal('returned')

    expect(room.awareness.getLocalState()).toEqual({})
    expect(announced()).toBe(before + 2)
  })
})
