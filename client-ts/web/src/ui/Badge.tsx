import type { ReactNode } from 'react'

const TONES = {
  plain: 'bg-hover text-ink-soft',
  good: 'bg-good-soft text-good',
  warning: 'bg-warn-soft text-warn',
} as const

/** A word or two about what it stands beside. */
export function Badge({ tone = 'plain', children }: { tone?: keyof typeof TONES; children: ReactNode }) {
  return (
    <span className={`inline-flex shrink-0 items-center rounded-full px-2 py-0.5 font-medium text-xs ${TONES[tone]}`}>
      {children}
    </span>
  )
}
