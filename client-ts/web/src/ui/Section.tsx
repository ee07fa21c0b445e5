import { type ReactNode, useId } from 'react'

interface SectionProps {
  /** Left out where the heading of the view says it. */
  title?: string
  /** What it is for. */
  about?: ReactNode
  children: ReactNode
}

/** A part of a view. */
export function Section({ title, about, children }: SectionProps) {
  const id = useId()
  return (
    <section
      aria-labelledby={title === undefined ? undefined : id}
      className="flex flex-col gap-4 border-line border-t pt-6 pb-8 first-of-type:border-t-0 first-of-type:pt-0"
    >
      <div>
        {title !== undefined && (
          <h2 id={id} className="mb-1 font-semibold text-base tracking-tight">
            {title}
          </h2>
        )}
        {about !== undefined && <div className="text-ink-faint text-sm leading-relaxed">{about}</div>}
      </div>
      {children}
    </section>
  )
}
