import { useEffect, useState } from 'react'

import { minuteOf } from '../../ui/dates'
import type { Stop } from './timeline'
import { authorOf, stopWords } from './words'

/** Milliseconds the slider has to rest before it counts as a choice: what it passes is not fetched. */
const REST_MS = 150

/** With more stops than this there would be more gaps than colour. */
const MOST_GAPS = 80

interface TimeSliderProps {
  stops: readonly Stop[]
  index: number
  onChoose: (index: number) => void
}

/** Moves through the past. In it stands in colour who wrote when, below it where there are versions. */
export function TimeSlider({ stops, index, onChoose }: TimeSliderProps) {
  const { shown, slide } = useRestingIndex(index, onChoose)
  const stop = stops[shown]
  const last = Math.max(1, stops.length - 1)

  return (
    <div>
      <p className="flex min-w-0 items-baseline justify-between gap-3 text-sm">
        <strong className="font-medium">{stop === undefined ? '' : minuteOf(stop.at)}</strong>
        <span className="truncate text-ink-faint text-xs">
          {shown === stops.length - 1 ? 'Now' : authorOf(stop)?.name}
        </span>
      </p>
      <div className="time-slider mt-1">
        <div className={`time-slider-track ${stops.length > MOST_GAPS ? 'gap-0' : 'gap-px'}`} aria-hidden>
          {stops.map((each, at) => (
            <span
              key={each.seq}
              className={at > shown ? 'opacity-35' : undefined}
              style={{ backgroundColor: authorOf(each)?.color }}
            />
          ))}
        </div>
        <input
          type="range"
          aria-label="Point in time"
          aria-valuetext={stop === undefined ? '' : stopWords(stop)}
          min={0}
          max={stops.length - 1}
          value={shown}
          onChange={(event) => slide(Number(event.target.value))}
        />
      </div>
      <div className="relative mx-2 h-2" aria-hidden>
        {stops.map(
          ({ seq, version }, at) =>
            version !== undefined && (
              <span
                key={seq}
                title={version.name ?? undefined}
                className={`absolute top-0 size-1.5 -translate-x-1/2 ${MARKS[version.kind]}`}
                style={{ left: `${(at / last) * 100}%` }}
              />
            ),
        )}
      </div>
    </div>
  )
}

const MARKS = {
  named: 'rotate-45 bg-accent',
  automatic: 'rounded-full bg-line-strong',
  restore: 'rounded-full border-2 border-ink-faint',
} as const

/** Where the slider is, which is chosen once it rests. */
function useRestingIndex(index: number, onChoose: (index: number) => void) {
  const [sliding, setSliding] = useState<number>()

  useEffect(() => {
    if (sliding === undefined) return
    const timer = setTimeout(() => {
      setSliding(undefined)
      onChoose(sliding)
    }, REST_MS)
    return () => clearTimeout(timer)
  }, [sliding, onChoose])

  return { shown: sliding ?? index, slide: setSliding }
}
