import { ProblemError } from '@gala/client'
import { describe, expect, it } from 'vitest'

import { expiryOf } from '../src/features/access/expiry'
import { SIGN_IN_WORDS } from '../src/features/accounts/words'
import { formProblem } from '../src/features/problems/formProblem'
import { failureWords } from '../src/features/problems/words'
import { faultOf } from '../src/ui/faults'

const problem = (code: ProblemError['code'], parts: ConstructorParameters<typeof ProblemError>[3] = {}) =>
  new ProblemError(code, 400, 'the server’s own words', parts)

describe('a failure in words', () => {
  it('says when to try again', () => {
    expect(failureWords(problem('rate_limited', { retryAfterS: 1 }))).toContain('in 1 second.')
    expect(failureWords(problem('rate_limited', { retryAfterS: 45 }))).toContain('in 45 seconds.')
    expect(failureWords(problem('rate_limited', { retryAfterS: 600 }))).toContain('in 10 minutes.')
    expect(failureWords(problem('rate_limited'))).toContain('a little later')
  })

  it('says of a sign-in what is wrong, and not which of the two', () => {
    expect(failureWords(problem('unauthorized'), SIGN_IN_WORDS)).toBe('The address or the password is wrong.')
    expect(failureWords(problem('unauthorized'))).toBe('You are not signed in any more.')
  })

  it('is the server’s own as a sentence where there is nothing better to say', () => {
    expect(failureWords(problem('conflict'))).toBe('The server’s own words.')
    expect(failureWords(new Error('you are in no workspace'))).toBe('You are in no workspace.')
  })

  it('stands beside the fields it is about', () => {
    const invalid = [{ pointer: '/password', code: 'too_short', message: 'at least 10 characters' }]

    expect(formProblem(problem('invalid', { invalid }))).toEqual({ faults: { password: 'At least 10 characters.' } })
    expect(formProblem(problem('conflict'), { conflict: 'Taken.' })).toEqual({ failure: 'Taken.' })
    expect(formProblem(null)).toEqual({})
  })
})

describe('a field', () => {
  const good = { valid: true, valueMissing: false, typeMismatch: false }
  const field = { value: 'x', type: 'text', validity: good, validationMessage: '' }

  it('is told what is wrong with it', () => {
    const missing = { ...good, valid: false, valueMissing: true }
    const mistyped = { ...good, valid: false, typeMismatch: true }

    expect(faultOf(field)).toBeUndefined()
    expect(faultOf({ ...field, value: '', validity: missing })).toBe('This is needed')
    expect(faultOf({ ...field, type: 'email', validity: mistyped })).toBe('This is not an e-mail address')
    expect(faultOf({ ...field, validity: { ...good, valid: false }, validationMessage: 'Own words' })).toBe('Own words')
  })

  it('counts characters as people and the server do, also in what was filled in for somebody', () => {
    expect(faultOf({ ...field, value: '123456789', minLength: 10 })).toBe('At least 10 characters')
    expect(faultOf({ ...field, value: '1234567890', minLength: 10 })).toBeUndefined()
    expect(faultOf({ ...field, value: '😀😀😀😀😀', minLength: 10 })).toBe('At least 10 characters')
    expect(faultOf({ ...field, value: '', minLength: 10 })).toBeUndefined()
  })
})

describe('what is given out', () => {
  it('stops being good after so many days, or never', () => {
    const nowMs = Date.parse('2026-01-01T00:00:00Z')

    expect(expiryOf('7', nowMs)).toBe('2026-01-08T00:00:00.000Z')
    expect(expiryOf('never', nowMs)).toBeNull()
  })
})
