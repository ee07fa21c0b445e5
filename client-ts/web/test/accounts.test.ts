import { describe, expect, it } from 'vitest'

import { deviceName, isPhone } from '../src/features/accounts/deviceName'
import { isAccountPath, safeReturn, signInPath } from '../src/features/accounts/paths'
import { returnWords } from '../src/features/accounts/words'

describe('the way back after signing in', () => {
  it('is where one was', () => {
    expect(signInPath('/p/1')).toBe('/sign-in?return_to=%2Fp%2F1')
    expect(signInPath('/', 'link_ended')).toBe('/sign-in?error=link_ended')
    expect(safeReturn('/settings/members?a=b')).toBe('/settings/members?a=b')
    expect(safeReturn(undefined)).toBe('/')
  })

  it.each([
    'https://elsewhere.test/',
    '//elsewhere.test/',
    '/\\elsewhere.test/',
    '/\t/elsewhere.test/',
    'javascript:alert(1)',
    'p/1',
    '',
  ])('never leads elsewhere: %j', (path) => {
    expect(safeReturn(path)).toMatch(/^\/(?![/\\])/)
    expect(new URL(safeReturn(path), 'http://gala.test').host).toBe('gala.test')
  })

  it('does not go round in a circle', () => {
    expect(safeReturn('/sign-in?return_to=/sign-in')).toBe('/')
    expect(isAccountPath('/sign-in') && isAccountPath('/invite')).toBe(true)
    expect(isAccountPath('/p/1') || isAccountPath('/settings/profile')).toBe(false)
  })
})

describe('what is said after a sign-in elsewhere', () => {
  it('is a sentence for every code, also for one of a later server', () => {
    for (const code of ['access_denied', 'forbidden', 'untrusted', 'rate_limited', 'something_new']) {
      expect(returnWords(code)).toMatch(/^[A-Z].*[.]$/)
    }
    expect(returnWords('toString')).toBe(returnWords('something_new'))
  })
})

describe('a device', () => {
  it.each([
    [
      'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36',
      'Chrome on Linux',
    ],
    ['Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15) AppleWebKit/605.1 Version/26.0 Safari/605.1', 'Safari on macOS'],
    [
      'Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1 Mobile Safari/604.1',
      'Safari on iPhone',
    ],
    ['Mozilla/5.0 (Windows NT 10.0; Win64) Gecko/20100101 Firefox/140.0', 'Firefox on Windows'],
    ['curl/8.9.1', 'curl/8.9.1'],
    ['', 'Unknown device'],
  ])('%j is called %s', (userAgent, name) => {
    expect(deviceName(userAgent)).toBe(name)
  })

  it('is a phone or not', () => {
    expect(isPhone('Mozilla/5.0 (Linux; Android 16) Mobile')).toBe(true)
    expect(isPhone('Mozilla/5.0 (X11; Linux x86_64)')).toBe(false)
  })
})
