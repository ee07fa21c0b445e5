const DAY_MS = 24 * 60 * 60 * 1000

/** How long something is good that is given out, in days. */
export type Lifetime = 'never' | '1' | '7' | '30' | '90' | '365'

export const LIFETIME_NAMES: Readonly<Record<Lifetime, string>> = {
  '1': 'One day',
  '7': '7 days',
  '30': '30 days',
  '90': '90 days',
  '365': 'One year',
  never: 'Until it is revoked',
}

/** When something stops being good that is made now; null for never. */
export function expiryOf(lifetime: Lifetime, nowMs: number): string | null {
  return lifetime === 'never' ? null : new Date(nowMs + Number(lifetime) * DAY_MS).toISOString()
}
