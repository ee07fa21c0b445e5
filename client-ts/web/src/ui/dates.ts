const dayFormat = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium' })
const minuteFormat = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' })

/** A day, as people here write it. */
export function dayOf(time: string): string {
  return dayFormat.format(new Date(time))
}

/** A moment to the minute, as people here write it. */
export function minuteOf(time: string): string {
  return minuteFormat.format(new Date(time))
}
