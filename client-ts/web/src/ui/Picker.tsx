import { Search } from 'lucide-react'
import { type KeyboardEvent, type ReactNode, useId, useLayoutEffect, useRef, useState } from 'react'

export interface PickerItem {
  id: string
  label: string
  /** Smaller, after the label. */
  hint?: string
  icon?: ReactNode
}

interface PickerProps<Item extends PickerItem> {
  placeholder: string
  /** The items that answer what was typed, best first. */
  search: (query: string) => Item[]
  onPick: (item: Item) => void
  empty: string
}

/** A search field over a list; arrows choose, Enter takes. */
export function Picker<Item extends PickerItem>({ placeholder, search, onPick, empty }: PickerProps<Item>) {
  const [query, setQuery] = useState('')
  const [index, setIndex] = useState(0)
  const field = useRef<HTMLInputElement>(null)
  const listId = useId()
  const items = search(query)
  const chosen = Math.min(index, items.length - 1)

  useLayoutEffect(() => field.current?.focus(), [])

  const handleKey = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    if (step !== undefined && items.length > 0) {
      event.preventDefault()
      setIndex((chosen + step + items.length) % items.length)
    }
    const item = items[chosen]
    if (event.key === 'Enter' && item !== undefined) {
      event.preventDefault()
      onPick(item)
    }
  }

  return (
    <div className="flex max-h-[inherit] flex-col">
      <label className="flex items-center gap-3 border-line border-b px-4">
        <Search className="size-4 shrink-0 text-ink-faint" aria-hidden />
        <input
          ref={field}
          role="combobox"
          aria-label={placeholder}
          aria-expanded
          aria-controls={listId}
          aria-activedescendant={chosen < 0 ? undefined : `${listId}-${chosen}`}
          autoComplete="off"
          spellCheck={false}
          placeholder={placeholder}
          value={query}
          className="h-12 min-w-0 flex-1 bg-transparent outline-none placeholder:text-ink-faint"
          onChange={(event) => {
            setQuery(event.target.value)
            setIndex(0)
          }}
          onKeyDown={handleKey}
        />
      </label>
      <div id={listId} role="listbox" aria-label={placeholder} className="overflow-y-auto overscroll-contain p-1.5">
        {items.map((item, at) => (
          <PickerRow
            key={item.id}
            id={`${listId}-${at}`}
            item={item}
            isChosen={at === chosen}
            onPick={() => onPick(item)}
            onPoint={() => setIndex(at)}
          />
        ))}
      </div>
      {items.length === 0 && <p className="px-4 pt-2 pb-5 text-ink-faint text-sm">{empty}</p>}
    </div>
  )
}

interface PickerRowProps {
  id: string
  item: PickerItem
  isChosen: boolean
  onPick: () => void
  onPoint: () => void
}

function PickerRow({ id, item, isChosen, onPick, onPoint }: PickerRowProps) {
  const row = useRef<HTMLDivElement>(null)

  useLayoutEffect(() => {
    if (isChosen) row.current?.scrollIntoView({ block: 'nearest' })
  }, [isChosen])

  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the field above has the focus and the keys.
    <div
      ref={row}
      id={id}
      role="option"
      tabIndex={-1}
      aria-selected={isChosen}
      className="flex min-h-9 cursor-pointer items-center gap-2.5 rounded-md px-2.5 text-sm aria-selected:bg-hover pointer-coarse:min-h-11"
      onClick={onPick}
      onPointerMove={onPoint}
    >
      {item.icon}
      <span className="truncate">{item.label}</span>
      {item.hint !== undefined && (
        <span className="ml-auto max-w-[45%] shrink-0 truncate text-ink-faint text-xs">{item.hint}</span>
      )}
    </div>
  )
}
