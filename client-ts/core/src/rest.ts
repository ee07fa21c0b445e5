import createFetchClient, { type Client as FetchClient } from 'openapi-fetch'

import type { paths } from './generated/api'
import { ProblemError, problemOf } from './problem'

/** REST, typed by the server's OpenAPI description. A call that fails throws a `ProblemError`. */
export type Api = FetchClient<paths>

export function createApi(url: string, token: () => string | Promise<string>): Api {
  const api = createFetchClient<paths>({ baseUrl: url })
  api.use({
    async onRequest({ request }) {
      const bearer = await token()
      if (bearer !== '') request.headers.set('authorization', `Bearer ${bearer}`)
      return request
    },
    async onResponse({ response }) {
      if (!response.ok) throw await problemOf(response)
    },
    onError({ error }) {
      return new ProblemError('unreachable', 0, 'the server cannot be reached', error)
    },
  })
  return api
}

/** The body of an answer that has one. */
export async function bodyOf<Body>(answer: Promise<{ data?: Body; response: Response }>): Promise<Body> {
  const { data, response } = await answer
  if (data === undefined) throw new ProblemError('malformed', response.status, 'the answer has no body')
  return data
}
