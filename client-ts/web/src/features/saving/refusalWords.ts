import type { RoomSnapshot } from '@gala/client'

/** Why edits are not saved, and what becomes of them. */
export function refusalWords({ denial, status, access, isKept, reason }: RoomSnapshot): string {
  if (denial === 'unauthorized') {
    return isKept
      ? 'You are signed out. Your last changes are kept on this device, and are saved when you sign in again.'
      : 'You are signed out, and your last changes are not saved. Copy what you want to keep.'
  }
  if (status !== 'denied' && access === 'read') {
    return 'You may only view this page now. Your last changes are not saved, and nobody else sees them. Copy what you want to keep.'
  }
  const why = reason === undefined ? '' : ` (${reason})`
  return `The server does not take your last changes${why}. Copy what you want to keep.`
}
