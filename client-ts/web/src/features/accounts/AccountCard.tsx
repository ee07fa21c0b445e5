import { type ReactNode, useEffect, useRef } from 'react'

import { Skeleton } from '../../ui/Skeleton'
import { useWindowTitle } from '../../ui/useWindowTitle'

interface AccountCardProps {
  title: string
  /** What this is about, below the title. */
  about?: ReactNode
  children?: ReactNode
  /** Other ways to go, below the card. */
  footer?: ReactNode
}

/** What somebody sees who is not in yet: one thing to do, in the middle. */
export function AccountCard({ title, about, children, footer }: AccountCardProps) {
  const heading = useRef<HTMLHeadingElement>(null)
  useWindowTitle(title)

  // What had the focus is gone with the card before. A screen reader goes on with what this one is.
  // biome-ignore lint/correctness/useExhaustiveDependencies: another title is another card.
  useEffect(() => {
    if (document.activeElement === document.body) heading.current?.focus()
  }, [title])

  return (
    <main className="flex h-full flex-col items-center overflow-y-auto bg-surface px-4 pt-[max(2rem,9vh)] pb-10">
      <img src="/favicon.svg" alt="Gala" className="mb-6 size-10 shrink-0" />
      <div className="w-full max-w-[25rem] shrink-0 rounded-xl bg-raised p-6 shadow-raised sm:p-8">
        <h1 ref={heading} tabIndex={-1} className="font-semibold text-xl tracking-tight outline-none">
          {title}
        </h1>
        {about !== undefined && <div className="mt-2 text-ink-soft text-sm leading-relaxed">{about}</div>}
        {children !== undefined && <div className="mt-6 flex flex-col gap-4">{children}</div>}
      </div>
      {footer !== undefined && <div className="mt-5 shrink-0 text-center text-ink-soft text-sm">{footer}</div>}
    </main>
  )
}

/** The same while it is not known yet what there is to do. */
export function CardSkeleton() {
  return (
    <main aria-busy="true" className="flex h-full flex-col items-center bg-surface px-4 pt-[max(2rem,9vh)]">
      <img src="/favicon.svg" alt="Gala" className="mb-6 size-10 shrink-0" />
      <div className="w-full max-w-[25rem] rounded-xl bg-raised p-6 shadow-raised sm:p-8">
        <p className="sr-only">Loading</p>
        <Skeleton widths={[55, 100, 100, 40]} />
      </div>
    </main>
  )
}
