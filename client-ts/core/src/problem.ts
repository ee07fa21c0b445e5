import type { components } from './generated/api'

type Problem = components['schemas']['Problem']
/** One value of a request that is not allowed, and why. */
export type InvalidValue = components['schemas']['InvalidValue']

/** Every code a client may branch on; `unreachable` when no server answered. */
export type ProblemCode = components['schemas']['ErrorCode'] | 'unreachable'

interface ProblemParts {
  cause?: unknown
  retryAfterS?: number | undefined
  invalid?: readonly InvalidValue[]
}

/** The one way a request fails. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError'
  /** Stable; branch on this. */
  readonly code: ProblemCode
  /** HTTP status; 0 when no server answered. */
  readonly status: number
  /** What went wrong this time, safe to show to a person. */
  readonly detail: string
  /** Seconds after which to ask again; with `rate_limited`, and where the server knows it. */
  readonly retryAfterS: number | undefined
  /** The values that are not allowed; with `invalid` only. */
  readonly invalid: readonly InvalidValue[]

  constructor(code: ProblemCode, status: number, detail: string, parts: ProblemParts = {}) {
    super(`${code}: ${detail}`, { cause: parts.cause })
    this.code = code
    this.status = status
    this.detail = detail
    this.retryAfterS = parts.retryAfterS
    this.invalid = parts.invalid ?? []
  }
}

/** Reads the problem out of a failed answer. */
export async function problemOf(response: Response): Promise<ProblemError> {
  const body: unknown = await response.json().catch(() => undefined)
  const retryAfterS = secondsIn(response.headers.get('retry-after'))
  if (isProblem(body)) {
    const parts = { cause: body, retryAfterS, invalid: body.errors ?? [] }
    return new ProblemError(body.code, response.status, body.detail, parts)
  }
  // Something between us and the server answered in its place.
  const code = response.status === 429 ? 'rate_limited' : response.status >= 500 ? 'unavailable' : 'malformed'
  return new ProblemError(code, response.status, `the server answered ${response.status}`, { retryAfterS })
}

/** `Retry-After` in seconds; in its other form, a date, it is passed over (RFC 9110 §10.2.3). */
function secondsIn(header: string | null): number | undefined {
  return header !== null && /^\d+$/.test(header) ? Number(header) : undefined
}

function isProblem(body: unknown): body is Problem {
  if (typeof body !== 'object' || body === null) return false
  const { code, detail } = body as Record<string, unknown>
  return typeof code === 'string' && typeof detail === 'string'
}
