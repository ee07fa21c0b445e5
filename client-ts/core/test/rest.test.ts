import { afterEach, describe, expect, it, vi } from 'vitest'

import { ProblemError } from '../src/problem'
import { type Api, bodyOf, createApi } from '../src/rest'

const page = { params: { path: { page: '01890000-0000-7000-8000-000000000000' } } }

function apiWith({ token = '', csrfToken }: { token?: string; csrfToken?: string }): Api {
  return createApi('http://gala.test', { token: async () => token, csrfToken: () => csrfToken })
}

function answerWith(answer: () => Promise<Response>) {
  const fetched = vi.fn<(request: Request) => Promise<Response>>(answer)
  vi.stubGlobal('fetch', fetched)
  return fetched
}

afterEach(() => {
  vi.unstubAllGlobals()
})

describe('a call', () => {
  it('answers with the typed body', async () => {
    answerWith(async () => Response.json({ id: 'p', title: 'Hello' }))

    const answer = await bodyOf(apiWith({}).GET('/api/v1/pages/{page}', page))

    expect(answer.title).toBe('Hello')
  })

  it('carries the token', async () => {
    const fetched = answerWith(async () => Response.json({}))

    await apiWith({ token: 'secret' }).GET('/api/v1/pages/{page}', page)

    expect(fetched.mock.calls[0]?.[0].headers.get('authorization')).toBe('Bearer secret')
  })

  it('that the server refuses throws its code and its words', async () => {
    const problem = { type: '', title: '', status: 404, detail: 'no such page', code: 'not_found' }
    answerWith(async () => Response.json(problem, { status: 404 }))

    const call = apiWith({}).GET('/api/v1/pages/{page}', page)

    await expect(call).rejects.toMatchObject({
      name: 'ProblemError',
      code: 'not_found',
      status: 404,
      detail: 'no such page',
    })
  })

  it('shows that it is made by a page of the server, if it may change something', async () => {
    const fetched = answerWith(async () => Response.json({}))
    const api = apiWith({ csrfToken: 'mine' })

    await api.GET('/api/v1/pages/{page}', page)
    await api.PATCH('/api/v1/pages/{page}', { ...page, body: { title: 'Hello' } })

    expect(fetched.mock.calls.map(([request]) => request.headers.get('x-csrf-token'))).toEqual([null, 'mine'])
  })

  it('with a token needs no other proof', async () => {
    const fetched = answerWith(async () => Response.json({}))

    await apiWith({ token: 'secret', csrfToken: 'mine' }).DELETE('/api/v1/pages/{page}', page)

    expect(fetched.mock.calls[0]?.[0].headers.get('x-csrf-token')).toBeNull()
  })

  it('that is one too many throws when to ask again', async () => {
    const problem = { type: '', title: '', status: 429, detail: 'too many requests', code: 'rate_limited' }
    answerWith(async () => Response.json(problem, { status: 429, headers: { 'retry-after': '30' } }))

    const call = apiWith({}).GET('/api/v1/pages/{page}', page)

    await expect(call).rejects.toMatchObject({ code: 'rate_limited', retryAfterS: 30 })
  })

  it('with values that are not allowed throws which', async () => {
    const errors = [{ pointer: '/title', code: 'too_long', message: 'at most 300 characters' }]
    const problem = { type: '', title: '', status: 422, detail: 'invalid values', code: 'invalid', errors }
    answerWith(async () => Response.json(problem, { status: 422 }))

    const call = apiWith({}).GET('/api/v1/pages/{page}', page)

    await expect(call).rejects.toMatchObject({ code: 'invalid', invalid: errors })
  })

  it('that something else answers in place of the server throws as well', async () => {
    answerWith(async () => new Response('<h1>Bad gateway</h1>', { status: 502 }))

    const call = apiWith({}).GET('/api/v1/pages/{page}', page)

    await expect(call).rejects.toMatchObject({ code: 'unavailable', status: 502 })
  })

  it('that reaches nobody throws “unreachable”', async () => {
    answerWith(() => Promise.reject(new TypeError('failed to fetch')))

    const call = apiWith({}).GET('/api/v1/pages/{page}', page)

    await expect(call).rejects.toBeInstanceOf(ProblemError)
    await expect(call).rejects.toMatchObject({ code: 'unreachable' })
  })
})
