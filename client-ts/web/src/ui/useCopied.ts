import { useEffect, useState } from 'react'

import { copyText } from './copyText'

/** Milliseconds for which it is said that something was copied. */
const SAID_MS = 2_000

/** Copies a text, and knows for a moment that it did. */
export function useCopied(text: string) {
  const [isCopied, setIsCopied] = useState(false)

  useEffect(() => {
    if (!isCopied) return
    const timer = setTimeout(() => setIsCopied(false), SAID_MS)
    return () => clearTimeout(timer)
  }, [isCopied])

  return { isCopied, copy: async () => setIsCopied(await copyText(text)) }
}
