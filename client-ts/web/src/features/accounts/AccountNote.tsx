import type { ReactNode } from 'react'

/** Something to know before anything is filled in; read out when it appears. */
export function AccountNote({ children }: { children: ReactNode }) {
  return (
    <p role="alert" className="rounded-md bg-warn-soft px-3.5 py-2.5 text-sm text-warn leading-relaxed">
      {children}
    </p>
  )
}
