import { describe, expect, it } from 'vitest'

import { decode, encodeLeave, encodeStep1, encodeToken, encodeUpdate } from '../src/wire'

const bytes = (...values: number[]) => new Uint8Array(values)

describe('the dialect', () => {
  it('addresses a room and says what follows', () => {
    expect(encodeStep1('r', bytes(7))).toEqual(bytes(1, 0x72, 0, 0, 1, 7))
    expect(encodeUpdate('r', bytes(7, 8))).toEqual(bytes(1, 0x72, 0, 2, 2, 7, 8))
    expect(encodeLeave('r')).toEqual(bytes(1, 0x72, 7))
  })

  it('sends a version of 4 or later after the token, so that the server pings', () => {
    const frame = encodeToken('r', 'x')

    expect(frame.slice(0, 6)).toEqual(bytes(1, 0x72, 2, 0, 1, 0x78))
    expect(new TextDecoder().decode(frame.slice(7))).toMatch(/^[4-9]\./)
  })

  it('knows a ping by its single byte, though 9 could be the length of an address', () => {
    expect(decode(bytes(9))).toEqual({ type: 'ping' })
  })

  it('reads acknowledgements of both kinds', () => {
    expect(decode(bytes(1, 0x72, 8, 1))).toEqual({
      type: 'room',
      address: 'r',
      message: { type: 'acknowledged', saved: true },
    })
    expect(decode(bytes(1, 0x72, 8, 0))).toMatchObject({ message: { saved: false } })
  })

  it('reads what the server lets the client do', () => {
    const readonly = [...new TextEncoder().encode('readonly')]

    expect(decode(bytes(1, 0x72, 2, 2, readonly.length, ...readonly))).toMatchObject({
      message: { type: 'authenticated', access: 'read' },
    })
  })

  it('reads which life of the room this is, and passes over what applications say', () => {
    const stateless = (text: string) => bytes(1, 0x72, 5, text.length, ...new TextEncoder().encode(text))

    expect(decode(stateless('{"generation":12}'))).toMatchObject({ message: { type: 'generation', generation: 12 } })
    expect(decode(stateless('hello'))).toMatchObject({ message: { type: 'other' } })
  })

  it('passes over types of a later dialect', () => {
    expect(decode(bytes(1, 0x72, 77, 1, 2, 3))).toMatchObject({ message: { type: 'other' } })
  })

  it('does not take a frame that is cut off', () => {
    expect(() => decode(bytes(1, 0x72, 0, 2, 9, 1))).toThrow()
  })
})
