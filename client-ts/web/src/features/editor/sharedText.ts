import type * as Y from 'yjs'

/** Makes a shared text say something else by the smallest edit, so that what others write meanwhile stays. */
export function replaceText(text: Y.Text, value: string, origin: unknown): void {
  const before = text.toString()
  if (before === value) return
  const { start, end } = commonEnds(before, value)
  text.doc?.transact(() => {
    text.delete(start, before.length - start - end)
    text.insert(start, value.slice(start, value.length - end))
  }, origin)
}

/** How many characters two texts have in common at their start, and of what is left at their end. */
export function commonEnds(one: string, other: string): { start: number; end: number } {
  const start = commonPrefix(one, other)
  return { start, end: commonSuffix(one.slice(start), other.slice(start)) }
}

function commonPrefix(one: string, other: string): number {
  const most = Math.min(one.length, other.length)
  let length = 0
  while (length < most && one[length] === other[length]) length += 1
  // Never between the two halves of a character outside the basic plane.
  return length > 0 && isHighSurrogate(one.charCodeAt(length - 1)) ? length - 1 : length
}

function commonSuffix(one: string, other: string): number {
  const most = Math.min(one.length, other.length)
  let length = 0
  while (length < most && one[one.length - 1 - length] === other[other.length - 1 - length]) length += 1
  return length > 0 && isLowSurrogate(one.charCodeAt(one.length - length)) ? length - 1 : length
}

function isHighSurrogate(code: number): boolean {
  return code >= 0xd800 && code <= 0xdbff
}

function isLowSurrogate(code: number): boolean {
  return code >= 0xdc00 && code <= 0xdfff
}
