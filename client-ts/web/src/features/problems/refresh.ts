import { ProblemError } from '@gala/client'

/** Milliseconds between attempts while the server cannot be reached. */
const OUTAGE_RETRY_MS = 3_000

/**
 * When to ask again: after so many milliseconds, or never. What could not be fetched is asked for
 * sooner, so that it is there when the server is back, without anybody doing anything.
 */
export function refreshEvery(ms: number | false) {
  return ({ state }: { state: { error: Error | null } }): number | false => {
    if (!isOutage(state.error)) return ms
    return ms === false ? OUTAGE_RETRY_MS : Math.min(ms, OUTAGE_RETRY_MS)
  }
}

function isOutage(error: Error | null): boolean {
  return error instanceof ProblemError && (error.code === 'unreachable' || error.code === 'unavailable')
}
