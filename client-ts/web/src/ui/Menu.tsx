import { Check } from 'lucide-react'
import { type ComponentType, type KeyboardEvent, type ReactNode, useEffect, useId, useRef, useState } from 'react'

import { Floating } from './Floating'
import { IconButton } from './IconButton'

export interface MenuItem {
  label: string
  icon?: ComponentType<{ className?: string; 'aria-hidden'?: boolean }>
  onSelect: () => void
  isDangerous?: boolean
  /** For one of several to choose from: whether it is the one. */
  isChosen?: boolean
  /** A line stands above it. */
  beginsGroup?: boolean
}

interface MenuProps {
  /** Says what the button opens. */
  label: string
  items: readonly MenuItem[]
  /** What is on the button. */
  children: ReactNode
  /** A button as wide as its place, with words on it, instead of an icon. */
  isRow?: boolean
  align?: 'start' | 'end'
  className?: string
  tabIndex?: number
}

const ROW_LOOK =
  'flex h-11 w-full min-w-0 items-center gap-2.5 rounded-md px-2 text-left text-sm transition-colors hover:bg-hover active:bg-press aria-expanded:bg-hover'

/** A button that opens a list of actions; arrows, Home, End and first letters move in it. */
export function Menu({ label, items, children, isRow = false, align = 'end', className = '', tabIndex }: MenuProps) {
  const [isOpen, setIsOpen] = useState(false)
  const opener = useRef<HTMLButtonElement>(null)
  const id = useId()

  const close = () => {
    setIsOpen(false)
    opener.current?.focus()
  }

  const button = {
    ref: opener,
    tabIndex,
    'aria-haspopup': 'menu',
    'aria-expanded': isOpen,
    'aria-controls': isOpen ? id : undefined,
    onClick: () => setIsOpen(!isOpen),
  } as const

  return (
    <>
      {isRow ? (
        <button type="button" aria-label={label} className={`${ROW_LOOK} ${className}`} {...button}>
          {children}
        </button>
      ) : (
        <IconButton label={label} className={className} {...button}>
          {children}
        </IconButton>
      )}
      {isOpen && (
        <Floating
          anchor={() => opener.current?.getBoundingClientRect()}
          side="below"
          align={align}
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
    <div
      ref={list}
      id={id}
      role="menu"
      tabIndex={-1}
      aria-label={label}
      className="max-h-[70vh] min-w-48 max-w-72 overflow-y-auto p-1"
      onKeyDown={move}
    >
      {items.map((item, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: two may have the same label, and none moves while the menu is open.
        <MenuRow key={at} item={item} onSelect={() => onSelect(item)} />
      ))}
    </div>
  )
}

function MenuRow({ item, onSelect }: { item: MenuItem; onSelect: () => void }) {
  const isChoice = item.isChosen !== undefined
  const Icon = isChoice ? Check : item.icon
  const line =
    item.beginsGroup === true
      ? 'relative mt-2 before:absolute before:inset-x-0 before:-top-1 before:h-px before:bg-line'
      : ''
  return (
    <button
      type="button"
      {...(isChoice ? { role: 'menuitemradio', 'aria-checked': item.isChosen } : { role: 'menuitem' })}
      tabIndex={-1}
      className={`flex min-h-9 w-full items-center gap-2.5 rounded-md px-2.5 text-left text-sm outline-none hover:bg-hover focus:bg-hover pointer-coarse:min-h-11 ${line} ${item.isDangerous ? 'text-bad' : ''}`}
      onClick={onSelect}
    >
      {Icon !== undefined && (
        <Icon className={`size-4 shrink-0 opacity-75 ${item.isChosen === false ? 'invisible' : ''}`} aria-hidden />
      )}
      <span className="min-w-0 truncate">{item.label}</span>
    </button>
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
