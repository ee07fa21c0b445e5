import { afterEach, describe, expect, it, vi } from 'vitest'

import { cookieIn, isStateChanging } from '../src/credentials'
import { browserEnvironment } from '../src/environment'

afterEach(() => {
  vi.unstubAllGlobals()
})

describe('a cookie', () => {
  it('is found by its whole name', () => {
    const cookies = 'not_gala_csrf=a; gala_csrf=b=c; gala_csrf_old=d'

    expect(cookieIn(cookies, 'gala_csrf')).toBe('b=c')
    expect(cookieIn(cookies, 'csrf')).toBeUndefined()
    expect(cookieIn('', 'gala_csrf')).toBeUndefined()
  })

  it('is read for the server the page is from, and told to no other', () => {
    vi.stubGlobal('document', { cookie: 'gala_csrf=secret' })
    vi.stubGlobal('location', { origin: 'https://gala.test' })
    const { cookies } = browserEnvironment()

    expect(cookies('https://gala.test/api')).toBe('gala_csrf=secret')
    expect(cookies('https://elsewhere.test')).toBe('')
    expect(cookies('http://gala.test')).toBe('')
  })
})

describe('a method', () => {
  it('changes something unless it only reads', () => {
    expect(['GET', 'head', 'OPTIONS'].filter(isStateChanging)).toEqual([])
    expect(['POST', 'put', 'PATCH', 'DELETE'].filter(isStateChanging)).toHaveLength(4)
  })
})
