import { type ComponentType, type KeyboardEvent, type ReactNode, useEffect, useId, useRef, useState } from 'react'

import { Floating } from './Floating'
import { IconButton } from './IconButton'

export interface MenuItem {
  label: string
  icon: ComponentType<{ className?: string; 'aria-hidden'?: boolean }>
  onSelect: () => void
  isDangerous?: boolean
}

interface MenuProps {
  /** Says what the button opens. */
  label: string
  icon: ReactNode
  items: readonly MenuItem[]
  className?: string
  tabIndex?: number
}

/** A button that opens a list of actions; arrows, Home, End and first letters move in it. */
export function Menu({ label, icon, items, ...button }: MenuProps) {
  const [isOpen, setIsOpen] = useState(false)
  const opener = useRef<HTMLButtonElement>(null)
  const id = useId()

  const close = () => {
    setIsOpen(false)
    opener.current?.focus()
  }

  return (
    <>
      <IconButton
        {...button}
        ref={opener}
        label={label}
        aria-haspopup="menu"
        aria-expanded={isOpen}
        aria-controls={isOpen ? id : undefined}
        onClick={() => setIsOpen(!isOpen)}
      >
        {icon}
      </IconButton>
      {isOpen && (
        <Floating
          anchor={() => opener.current?.getBoundingClientRect()}
          side="below"
          align="end"
          opener={opener.current}
          onDismiss={close}
        >
          <MenuList
            id={id}
            label={label}
            items={items}
            onSelect={(item) => {
              close()
              item.onSelect()
            }}
            onLeave={close}
          />
        </Floating>
      )}
    </>
  )
}

interface MenuListProps {
  id: string
  label: string
  items: readonly MenuItem[]
  onSelect: (item: MenuItem) => void
  onLeave: () => void
}

function MenuList({ id, label, items, onSelect, onLeave }: MenuListProps) {
  const list = useRef<HTMLDivElement>(null)

  useEffect(() => {
    list.current?.querySelector('button')?.focus()
  }, [])

  const move = (event: KeyboardEvent) => {
    const buttons = [...(list.current?.querySelectorAll('button') ?? [])]
    const current = buttons.findIndex((button) => button.matches(':focus'))
    const next = nextIndex(event.key, current, items)
    if (event.key === 'Tab') onLeave()
    if (next === undefined) return
    event.preventDefault()
    buttons[next]?.focus()
  }

  return (
    <div ref={list} id={id} role="menu" tabIndex={-1} aria-label={label} className="min-w-48 p-1" onKeyDown={move}>
      {items.map((item) => (
        <button
          key={item.label}
          type="button"
          role="menuitem"
          tabIndex={-1}
          className={`flex min-h-9 w-full items-center gap-2.5 rounded-md px-2.5 text-left text-sm outline-none hover:bg-hover focus:bg-hover pointer-coarse:min-h-11 ${item.isDangerous ? 'text-bad' : ''}`}
          onClick={() => onSelect(item)}
        >
          <item.icon className="size-4 shrink-0 opacity-75" aria-hidden />
          {item.label}
        </button>
      ))}
    </div>
  )
}

function nextIndex(key: string, current: number, items: readonly MenuItem[]): number | undefined {
  const count = items.length
  switch (key) {
    case 'ArrowDown':
      return (current + 1) % count
    case 'ArrowUp':
      return (current - 1 + count) % count
    case 'Home':
      return 0
    case 'End':
      return count - 1
    default: {
      if (key.length !== 1) return undefined
      const found = [...items.keys()]
        .map((step) => (current + 1 + step) % count)
        .find((index) => items[index]?.label.toLowerCase().startsWith(key.toLowerCase()))
      return found
    }
  }
}
