import { Children, type FocusEvent, type ReactNode, useEffect, useRef } from 'react'

/** A list whose items are rows, one below the other. The focus stays in it when the row that has it is removed. */
export function Rows({ label, children }: { label: string; children: ReactNode }) {
  const list = useRef<HTMLUListElement>(null)
  const hadFocus = useRef(false)
  const count = Children.count(children)

  // biome-ignore lint/correctness/useExhaustiveDependencies: it is about rows that come and go.
  useEffect(() => {
    if (hadFocus.current && document.activeElement === document.body) list.current?.focus()
  }, [count])

  const remember = () => {
    hadFocus.current = true
  }
  const forget = ({ relatedTarget }: FocusEvent) => {
    if (relatedTarget !== null) hadFocus.current = false
  }

  return (
    <ul
      ref={list}
      tabIndex={-1}
      aria-label={label}
      className="divide-y divide-line border-line border-y outline-none"
      onFocus={remember}
      onBlur={forget}
    >
      {children}
    </ul>
  )
}

interface RowProps {
  icon?: ReactNode
  title: ReactNode
  /** Smaller, below the title. */
  detail?: ReactNode
  /** What can be done with it. */
  actions?: ReactNode
}

/** One item: what it is on the left, what can be done with it on the right, or below where it is narrow. */
export function Row({ icon, title, detail, actions }: RowProps) {
  return (
    <li className="flex flex-wrap items-center gap-x-3 gap-y-1 py-2.5">
      {icon}
      <div className="min-w-32 flex-1">
        <div className="flex min-w-0 items-center gap-2 font-medium text-sm">{title}</div>
        {detail !== undefined && <div className="text-ink-faint text-xs leading-relaxed">{detail}</div>}
      </div>
      {actions !== undefined && <div className="ml-auto flex items-center gap-1">{actions}</div>}
    </li>
  )
}
