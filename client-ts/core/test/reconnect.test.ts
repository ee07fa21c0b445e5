import { describe, expect, it } from 'vitest'

import { isPermanentClose, retryDelayMs } from '../src/reconnect'

const longest = () => 1
const shortest = () => 0

describe('retries', () => {
  it('come at most 300 ms after the first failure and 10 s after many', () => {
    expect(retryDelayMs(0, false, longest)).toBe(300)
    expect(retryDelayMs(3, false, longest)).toBe(2_400)
    expect(retryDelayMs(20, false, longest)).toBe(10_000)
  })

  it('are up to a minute apart while nobody looks', () => {
    expect(retryDelayMs(20, true, longest)).toBe(60_000)
  })

  it('may come at any moment before that, so that many clients do not come at once', () => {
    expect(retryDelayMs(20, false, shortest)).toBe(0)
  })

  it('end with codes from 4400 to 4499 and with no other', () => {
    expect([4400, 4404, 4499].every(isPermanentClose)).toBe(true)
    expect([1000, 1006, 1013, 4399, 4500, 4503].some(isPermanentClose)).toBe(false)
  })
})
