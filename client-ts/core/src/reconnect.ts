/** The first retry comes within this time. */
const FIRST_RETRY_MS = 300
/** Retries are at most this far apart while somebody is looking. */
const SLOWEST_RETRY_MS = 10_000
/** Retries are at most this far apart while nobody is. */
const SLOWEST_HIDDEN_RETRY_MS = 60_000

/**
 * How long to wait before the next attempt, after so many failed in a row.
 *
 * The whole delay is random ("full jitter"), so that the clients of a server that went down
 * do not all come back in the same moment.
 */
export function retryDelayMs(failures: number, isHidden: boolean, random: () => number): number {
  const slowestMs = isHidden ? SLOWEST_HIDDEN_RETRY_MS : SLOWEST_RETRY_MS
  return random() * Math.min(slowestMs, FIRST_RETRY_MS * 2 ** failures)
}

/**
 * Whether a server that closed with this code will refuse again: 4400 to 4499 are about what
 * we did or may not do; everything else is about the moment.
 */
export function isPermanentClose(code: number): boolean {
  return code >= 4400 && code <= 4499
}
