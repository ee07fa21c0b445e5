import { createClient } from '@gala/client'
import { HocuspocusProvider, HocuspocusProviderWebsocket } from '@hocuspocus/provider'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import WebSocket from 'ws'
import { WebsocketProvider } from 'y-websocket'
import * as Y from 'yjs'

import { Member, pageId } from '../e2e/people'
import { GalaServer } from '../e2e/server'

/** Milliseconds anything may take before a test gives up. */
const PATIENCE_MS = 30_000

/** What a test needs of a client, whichever package it is from. */
interface Client {
  doc: Y.Doc
  awareness: {
    clientID: number
    getStates(): Map<number, Record<string, unknown>>
    setLocalStateField(field: string, value: unknown): void
  }
  destroy(): void
}

type Connect = (room: string, token: string) => Client

/** Node 20 has no `WebSocket`. This one does not end the process when it is closed while it opens. */
class NodeWebSocket extends WebSocket {
  constructor(url: string, protocols?: string | string[]) {
    super(url, protocols)
    this.on('error', () => {})
  }
}

let server: GalaServer
let owner: Member
const open: Client[] = []

beforeAll(async () => {
  vi.stubGlobal('WebSocket', NodeWebSocket)
  server = await GalaServer.start()
  owner = await Member.register(server.url, 'Ann')
}, PATIENCE_MS)

afterAll(() => server.remove())

afterEach(() => {
  for (const client of open.splice(0)) client.destroy()
})

function opened(client: Client): Client {
  open.push(client)
  return client
}

const yWebsocket: Connect = (room, token) => {
  const doc = new Y.Doc()
  const provider = new WebsocketProvider(server.url.replace('http', 'ws').concat('/collab'), room, doc, {
    WebSocketPolyfill: NodeWebSocket as unknown as typeof globalThis.WebSocket,
    disableBc: true,
    params: { token },
  })
  return opened({ doc, awareness: provider.awareness, destroy: () => provider.destroy() })
}

const hocuspocus: Connect = (room, token) => {
  const doc = new Y.Doc()
  const websocketProvider = new HocuspocusProviderWebsocket({
    url: server.url.replace('http', 'ws').concat('/collab'),
    WebSocketPolyfill: NodeWebSocket,
  })
  const provider = new HocuspocusProvider({ websocketProvider, name: room, document: doc, token })
  provider.attach()
  const { awareness } = provider
  if (awareness === null) throw new Error('the provider has no awareness')
  return opened({
    doc,
    awareness,
    destroy() {
      provider.destroy()
      websocketProvider.destroy()
    },
  })
}

const gala: Connect = (room, token) => {
  const client = createClient({ url: server.url, token })
  const { doc, awareness } = client.room(room)
  return opened({ doc, awareness, destroy: () => client.destroy() })
}

/** A new room, and tokens that open it. */
async function createRoom(): Promise<{ room: string; write: string; read: string }> {
  const room = pageId(await owner.page('Interop'))
  return { room, write: await owner.roomToken(room), read: await owner.roomToken(room, 'read') }
}

const until = (holds: () => boolean) => expect.poll(holds, { timeout: PATIENCE_MS, interval: 20 }).toBe(true)

const text = (client: Client) => client.doc.getText('t')

describe.each([
  ['y-websocket 3', yWebsocket],
  ['@hocuspocus/provider 4', hocuspocus],
  ['@gala/client', gala],
])('%s', (_name, connect) => {
  it.each([
    ['y-websocket 3', yWebsocket],
    ['@hocuspocus/provider 4', hocuspocus],
    ['@gala/client', gala],
  ])('sees presence of %s and is seen', async (_other, connectOther) => {
    const { room, write } = await createRoom()
    const [one, other] = [connect(room, write), connectOther(room, write)]
    one.awareness.setLocalStateField('cursor', 'one')
    other.awareness.setLocalStateField('cursor', 'other')

    const sees = (who: Client, whom: Client, cursor: string) => {
      const state = who.awareness.getStates().get(whom.awareness.clientID)
      const user = state?.user as { id?: string; kind?: string } | undefined
      return state?.cursor === cursor && user?.kind === 'user' && user.id === owner.id
    }
    await until(() => sees(one, other, 'other') && sees(other, one, 'one'))
  })

  it('reads and does not write with a read token', async () => {
    const { room, write, read } = await createRoom()
    const [writer, reader] = [connect(room, write), connect(room, read)]
    text(writer).insert(0, 'ours')
    await until(() => text(reader).toString() === 'ours')

    text(reader).insert(0, 'mine, ')
    text(writer).insert(4, '!')

    await until(() => text(reader).toString() === 'mine, ours!')
    expect(text(writer).toString()).toBe('ours!')
  })
})

it('converges in a room with clients of every package that type at once', async () => {
  const { room, write } = await createRoom()
  const clients = [yWebsocket, hocuspocus, gala, yWebsocket, hocuspocus, gala].map((connect) => connect(room, write))
  const written = clients.flatMap((client, number) =>
    Array.from({ length: 50 }, (_, edit) => {
      const token = `<${number}.${edit}>`
      text(client).insert((edit * 7) % (text(client).length + 1), token)
      return token
    }),
  )
  const length = written.join('').length

  await until(() => clients.every((client) => text(client).length === length))

  const [first, ...others] = clients.map((client) => text(client).toString())
  for (const other of others) expect(other).toBe(first)
})

it('tells a provider only after the commit that nothing is unsynced', async () => {
  const { room, write } = await createRoom()
  const doc = new Y.Doc()
  const websocketProvider = new HocuspocusProviderWebsocket({
    url: server.url.replace('http', 'ws').concat('/collab'),
    WebSocketPolyfill: NodeWebSocket,
  })
  const provider = new HocuspocusProvider({ websocketProvider, name: room, document: doc, token: write })
  provider.attach()
  for (let edit = 0; edit < 500; edit += 1) doc.getText('t').insert(0, 'x')

  await until(() => provider.synced && provider.unsyncedChanges === 0)

  const answer = await owner.fetch(`pages/${room}/content`, { headers: { accept: 'application/octet-stream' } })
  const stored = new Y.Doc()
  Y.applyUpdate(stored, new Uint8Array(await answer.arrayBuffer()))
  expect(stored.getText('t').length).toBe(500)
  provider.destroy()
  websocketProvider.destroy()
})

it(
  'gives everything back to clients of every package after the server was killed',
  async () => {
    const { room, write } = await createRoom()
    const clients = [yWebsocket, hocuspocus, gala].map((connect) => connect(room, write))
    for (const client of clients) text(client).insert(0, 'before ')
    await until(() => clients.every((client) => text(client).length === 21))

    await server.kill()
    for (const client of clients) text(client).insert(0, 'while away ')
    await server.restart()

    await until(() => clients.every((client) => text(client).length === 21 + 33))
    const [first, ...others] = clients.map((client) => text(client).toString())
    for (const other of others) expect(other).toBe(first)
  },
  PATIENCE_MS,
)
