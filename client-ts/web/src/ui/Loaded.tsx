import type { ReactNode } from 'react'

import { Button } from './Button'
import { Skeleton } from './Skeleton'

interface LoadedProps {
  /** Why it could not be loaded. */
  failure?: string | undefined
  onRetry: () => void
  /** What was loaded; nothing while it is on its way. */
  children: ReactNode
}

/** Something that has to be fetched first: grey bars until it is there, words if it cannot be had. */
export function Loaded({ failure, onRetry, children }: LoadedProps) {
  if (failure !== undefined) {
    return (
      <div role="alert" className="flex flex-wrap items-center gap-3 text-ink-soft text-sm">
        {failure}
        <Button onClick={onRetry}>Try again</Button>
      </div>
    )
  }
  return children ?? <Skeleton widths={[60, 45, 52]} />
}
