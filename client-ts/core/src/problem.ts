import type { components } from './generated/api'

type Problem = components['schemas']['Problem']

/** Every code a client may branch on; `unreachable` when no server answered. */
export type ProblemCode = components['schemas']['ErrorCode'] | 'unreachable'

/** The one way a request fails. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError'
  /** Stable; branch on this. */
  readonly code: ProblemCode
  /** HTTP status; 0 when no server answered. */
  readonly status: number
  /** What went wrong this time, safe to show to a person. */
  readonly detail: string

  constructor(code: ProblemCode, status: number, detail: string, cause?: unknown) {
    super(`${code}: ${detail}`, { cause })
    this.code = code
    this.status = status
    this.detail = detail
  }
}

/** Reads the problem out of a failed answer. */
export async function problemOf(response: Response): Promise<ProblemError> {
  const body: unknown = await response.json().catch(() => undefined)
  if (isProblem(body)) return new ProblemError(body.code, response.status, body.detail, body)
  // Something between us and the server answered in its place.
  const code = response.status >= 500 ? 'unavailable' : 'malformed'
  return new ProblemError(code, response.status, `the server answered ${response.status}`)
}

function isProblem(body: unknown): body is Problem {
  if (typeof body !== 'object' || body === null) return false
  const { code, detail } = body as Record<string, unknown>
  return typeof code === 'string' && typeof detail === 'string'
}
