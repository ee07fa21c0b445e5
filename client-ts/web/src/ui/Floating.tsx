import { type ReactNode, useEffect, useEffectEvent, useLayoutEffect, useRef } from 'react'

import { type Placement, place, type Rect } from './placement'

interface FloatingProps extends Placement {
  /** Read again whenever the page moves. */
  anchor: () => Rect | undefined
  /** Called on Escape and on a press outside; without it, what floats stays. */
  onDismiss?: () => void
  /** A press inside this does not dismiss: usually the button that opened it. */
  opener?: HTMLElement | null
  className?: string
  children: ReactNode
}

/** Something that floats beside an anchor, above everything else. */
export function Floating({ anchor, side, align, onDismiss, opener, className = '', children }: FloatingProps) {
  const element = useRef<HTMLDivElement>(null)

  const move = useEffectEvent(() => {
    const floating = element.current
    const rect = anchor()
    if (floating === null || rect === undefined) return
    const viewport = {
      width: document.documentElement.clientWidth,
      // The keyboard of a phone covers the layout viewport, not the visual one.
      height: window.visualViewport?.height ?? window.innerHeight,
    }
    const { left, top } = place(rect, floating.getBoundingClientRect(), viewport, { side, align })
    floating.style.left = `${left}px`
    floating.style.top = `${top}px`
  })

  const dismiss = useEffectEvent((event: Event) => {
    if (onDismiss === undefined) return
    if (event instanceof KeyboardEvent && event.key !== 'Escape') return
    const target = event.target instanceof Node ? event.target : null
    if (event.type === 'pointerdown' && (element.current?.contains(target) || opener?.contains(target))) return
    if (event.type === 'keydown') event.stopPropagation()
    onDismiss()
  })

  useLayoutEffect(() => {
    element.current?.showPopover()
  }, [])

  // After every render: the anchor or the size may be another one.
  useLayoutEffect(() => move())

  useEffect(() => {
    const ending = new AbortController()
    const { signal } = ending
    window.addEventListener('scroll', () => move(), { signal, capture: true, passive: true })
    window.addEventListener('resize', () => move(), { signal })
    document.addEventListener('pointerdown', (event) => dismiss(event), { signal, capture: true })
    document.addEventListener('keydown', (event) => dismiss(event), { signal, capture: true })
    return () => ending.abort()
  }, [])

  return (
    <div ref={element} popover="manual" className={`floating rounded-lg bg-raised text-ink shadow-raised ${className}`}>
      {children}
    </div>
  )
}
