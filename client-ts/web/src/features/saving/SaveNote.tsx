import type { Room } from '@gala/client'
import { useSnapshot } from '@gala/react'
import { Check, CloudOff, Eye, LoaderCircle, type LucideIcon, TriangleAlert } from 'lucide-react'
import { useEffect, useState } from 'react'

import { type SaveWords, saveWords } from './saveWords'

/** Milliseconds nothing may change before calm words replace busy ones: one word per pause, not per letter. */
const SETTLE_MS = 500

const looks: Record<SaveWords['tone'], { icon: LucideIcon; className: string }> = {
  calm: { icon: Check, className: 'text-ink-faint' },
  quiet: { icon: Eye, className: 'text-ink-faint' },
  busy: { icon: LoaderCircle, className: 'text-ink-faint' },
  warning: { icon: CloudOff, className: 'text-warn' },
  failure: { icon: TriangleAlert, className: 'text-bad' },
}

/** How far what was written here has come, in words. */
export function SaveNote({ room }: { room: Room }) {
  const { text, tone } = useSettled(saveWords(useSnapshot(room)))
  const { icon: Icon, className } = looks[tone]

  return (
    <>
      <span data-testid="save-note" className={`flex items-center gap-1.5 whitespace-nowrap text-xs ${className}`}>
        <Icon className="size-3.5 shrink-0" aria-hidden />
        {text}
      </span>
      {/* Read out when there is something to know or to worry about, or no longer. */}
      <span role="status" className="sr-only">
        {tone === 'warning' || tone === 'failure' || tone === 'quiet' ? text : ''}
      </span>
    </>
  )
}

/** The same words, except that calm ones are said only after a pause. */
function useSettled(words: SaveWords): SaveWords {
  const [shown, setShown] = useState(words)
  const { text, tone } = words

  useEffect(() => {
    const timer = setTimeout(() => setShown({ text, tone }), tone === 'calm' ? SETTLE_MS : 0)
    return () => clearTimeout(timer)
  }, [text, tone])

  return tone === 'calm' ? shown : words
}
