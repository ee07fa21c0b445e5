import createFetchClient, { type Client as FetchClient } from 'openapi-fetch'

import { type Credentials, CSRF_HEADER, isStateChanging } from './credentials'
import type { paths } from './generated/api'
import { ProblemError, problemOf } from './problem'

/** REST, typed by the server's OpenAPI description. A call that fails throws a `ProblemError`. */
export type Api = FetchClient<paths>

export function createApi(url: string, { token, csrfToken }: Credentials): Api {
  const api = createFetchClient<paths>({ baseUrl: url })
  api.use({
    async onRequest({ request }) {
      const bearer = await token()
      if (bearer !== '') request.headers.set('authorization', `Bearer ${bearer}`)
      else if (isStateChanging(request.method)) vouch(request, csrfToken())
      return request
    },
    async onResponse({ response }) {
      if (!response.ok) throw await problemOf(response)
    },
    onError({ error }) {
      return new ProblemError('unreachable', 0, 'the server cannot be reached', { cause: error })
    },
  })
  return api
}

function vouch(request: Request, csrfToken: string | undefined): void {
  if (csrfToken !== undefined) request.headers.set(CSRF_HEADER, csrfToken)
}

/** The body of an answer that has one. */
export async function bodyOf<Body>(answer: Promise<{ data?: Body; response: Response }>): Promise<Body> {
  const { data, response } = await answer
  if (data === undefined) throw new ProblemError('malformed', response.status, 'the answer has no body')
  return data
}
