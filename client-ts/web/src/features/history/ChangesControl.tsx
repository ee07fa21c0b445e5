import { type Option, Select } from '../../ui/Select'
import type { Difference } from './queries'

/** With what a point is compared: the one before it, the beginning, or now; with nothing when changes are not shown. */
export type Comparison = 'none' | 'before' | 'beginning' | 'now'

const WHICH: readonly Option<Comparison>[] = [
  { value: 'before', label: 'made here' },
  { value: 'beginning', label: 'made so far' },
  { value: 'now', label: 'made since' },
]

interface ChangesControlProps {
  comparison: Comparison
  onChoose: (comparison: Comparison) => void
  /** Since the latest point nothing was changed. */
  isNow: boolean
}

/** Whether changes are shown, and which. */
export function ChangesControl({ comparison, onChoose, isNow }: ChangesControlProps) {
  return (
    <div className="flex min-h-8 flex-wrap items-center justify-between gap-x-3">
      <label className="flex min-h-8 cursor-pointer items-center gap-2 text-sm pointer-coarse:min-h-11">
        <input
          type="checkbox"
          className="size-4 accent-accent"
          checked={comparison !== 'none'}
          onChange={({ target }) => onChoose(target.checked ? 'before' : 'none')}
        />
        Show changes
      </label>
      {comparison !== 'none' && (
        <Select
          look="quiet"
          aria-label="Which changes"
          value={comparison === 'now' && isNow ? 'before' : comparison}
          options={WHICH.filter(({ value }) => value !== 'now' || !isNow)}
          onChoose={onChoose}
        />
      )}
    </div>
  )
}

/** Whose changes are shown, and how an insertion and a deletion look. */
export function ChangeLegend({ difference: { authors, content, title } }: { difference: Difference }) {
  const isEmpty = authors.length === 0 && title.before === title.after && !JSON.stringify(content).includes('"change"')
  if (isEmpty) return <p className="text-ink-faint text-xs">Nothing that can be seen has changed.</p>
  return (
    <ul aria-label="Whose changes" className="flex flex-wrap items-center gap-x-3 gap-y-1 text-xs">
      {authors.map(({ id, name, color }) => (
        <li key={id} className="flex min-w-0 items-center gap-1.5">
          <span aria-hidden className="size-2.5 shrink-0 rounded-full" style={{ backgroundColor: color }} />
          <span className="truncate">{name}</span>
        </li>
      ))}
      <li className="text-ink-faint">
        <ins className="change">inserted</ins> <del className="change">deleted</del>
      </li>
    </ul>
  )
}
