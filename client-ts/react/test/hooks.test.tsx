import { createClient, type Environment, type Room, type Socket } from '@gala/client'
import { act, cleanup, render, screen } from '@testing-library/react'
import { StrictMode } from 'react'
import { afterEach, describe, expect, it } from 'vitest'

import { ClientProvider, usePeers, useRoom, useSaveState, useStatus, useY } from '../src'

let socket: Socket

/** A world in which no server ever answers. */
const silence: Environment = {
  openSocket() {
    socket = { binaryType: '', onopen: null, onmessage: null, onclose: null, send() {}, close() {} }
    return socket
  },
  after: () => () => {},
  nowMs: () => 0,
  random: () => 0,
  isHidden: () => false,
  onSignal: () => () => {},
  cookies: () => '',
  indexedDB: undefined,
}

function setUp() {
  return createClient({ url: 'http://gala.test', environment: silence })
}

function Title({ room }: { room: Room }) {
  const title = useY(room.doc.getText('title'))
  return (
    <p>
      {title} / {useStatus(room)} / {useSaveState(room)} / {usePeers(room).length}
    </p>
  )
}

function Page({ id }: { id: string }) {
  const room = useRoom(id)
  return room === undefined ? <p>no room</p> : <Title room={room} />
}

function nextFrame(): Promise<void> {
  return act(() => new Promise<void>((resolve) => requestAnimationFrame(() => resolve())))
}

afterEach(cleanup)

describe('useRoom', () => {
  it('holds the room while it is mounted, and leaves it after', () => {
    const client = setUp()

    const { unmount } = render(
      <StrictMode>
        <ClientProvider client={client}>
          <Page id="page" />
        </ClientProvider>
      </StrictMode>,
    )
    expect(client.heldRoom('page')).toBeDefined()
    unmount()

    expect(client.heldRoom('page')).toBeUndefined()
  })

  it('holds another room once the content of the first was erased', async () => {
    const client = setUp()
    const { unmount } = render(
      <ClientProvider client={client}>
        <Page id="page" />
      </ClientProvider>,
    )
    const erased = client.heldRoom('page')
    act(() => erased?.doc.getText('title').insert(0, 'secret'))
    await nextFrame()
    expect(screen.getByText('secret / connecting / offline / 0')).toBeDefined()

    act(() => socket.onclose?.({ code: 4410, reason: 'erased' }))

    expect(client.heldRoom('page')).not.toBe(erased)
    expect(screen.getByText('/ connecting / saved / 0')).toBeDefined()
    unmount()
    expect(client.heldRoom('page')).toBeUndefined()
  })

  it('goes to another room when the id is another', () => {
    const client = setUp()
    const page = (id: string) => (
      <ClientProvider client={client}>
        <Page id={id} />
      </ClientProvider>
    )
    const { rerender } = render(page('one'))

    rerender(page('two'))

    expect(client.heldRoom('one')).toBeUndefined()
    expect(client.heldRoom('two')).toBeDefined()
  })

  it('asks for a provider where there is none', () => {
    const complain = console.error
    console.error = () => {}

    expect(() => render(<Page id="page" />)).toThrow('ClientProvider')

    console.error = complain
  })
})

describe('the hooks of a room', () => {
  it('follow it', async () => {
    const client = setUp()
    render(
      <ClientProvider client={client}>
        <Page id="page" />
      </ClientProvider>,
    )
    expect(screen.getByText('/ connecting / saved / 0')).toBeDefined()

    act(() => client.heldRoom('page')?.doc.getText('title').insert(0, 'Hello'))
    await nextFrame()

    expect(screen.getByText('Hello / connecting / offline / 0')).toBeDefined()
  })
})
