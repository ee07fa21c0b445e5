import { afterEach, describe, expect, it, vi } from 'vitest'

import { ProblemError } from '../src/problem'
import { bodyOf, createApi } from '../src/rest'

const page = { params: { path: { page: '01890000-0000-7000-8000-000000000000' } } }

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

    const answer = await bodyOf(createApi('http://gala.test', () => '').GET('/api/v1/pages/{page}', page))

    expect(answer.title).toBe('Hello')
  })

  it('carries the token', async () => {
    const fetched = answerWith(async () => Response.json({}))

    await createApi('http://gala.test', async () => 'secret').GET('/api/v1/pages/{page}', page)

    expect(fetched.mock.calls[0]?.[0].headers.get('authorization')).toBe('Bearer secret')
  })

  it('that the server refuses throws its code and its words', async () => {
    const problem = { type: '', title: '', status: 404, detail: 'no such page', code: 'not_found' }
    answerWith(async () => Response.json(problem, { status: 404 }))

    const call = createApi('http://gala.test', () => '').GET('/api/v1/pages/{page}', page)

    await expect(call).rejects.toMatchObject({
      name: 'ProblemError',
      code: 'not_found',
      status: 404,
      detail: 'no such page',
    })
  })

  it('that something else answers in place of the server throws as well', async () => {
    answerWith(async () => new Response('<h1>Bad gateway</h1>', { status: 502 }))

    const call = createApi('http://gala.test', () => '').GET('/api/v1/pages/{page}', page)

    await expect(call).rejects.toMatchObject({ code: 'unavailable', status: 502 })
  })

  it('that reaches nobody throws “unreachable”', async () => {
    answerWith(() => Promise.reject(new TypeError('failed to fetch')))

    const call = createApi('http://gala.test', () => '').GET('/api/v1/pages/{page}', page)

    await expect(call).rejects.toBeInstanceOf(ProblemError)
    await expect(call).rejects.toMatchObject({ code: 'unreachable' })
  })
})
