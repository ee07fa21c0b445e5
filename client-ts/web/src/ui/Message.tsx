import type { ComponentType, ReactNode } from 'react'

interface MessageProps {
  icon: ComponentType<{ className?: string; strokeWidth?: number; 'aria-hidden'?: boolean }>
  title: string
  children: ReactNode
  /** What can be done about it. */
  actions?: ReactNode
}

/** What stands where something would be: nothing there yet, or not to be had. */
export function Message({ icon: Icon, title, children, actions }: MessageProps) {
  return (
    <div className="mx-auto flex max-w-md flex-col items-center px-6 pt-[18vh] pb-12 text-center">
      <Icon className="mb-5 size-9 text-ink-faint" strokeWidth={1.4} aria-hidden />
      <h1 className="mb-2 font-semibold text-xl tracking-tight">{title}</h1>
      <div className="text-balance text-ink-faint text-sm leading-relaxed">{children}</div>
      {actions !== undefined && <div className="mt-6 flex flex-wrap justify-center gap-2">{actions}</div>}
    </div>
  )
}
