import type { ReactNode } from 'react'

import { Button } from '../../ui/Button'
import { PageSkeleton } from '../editor/PageSkeleton'
import { commonEnds } from '../editor/sharedText'
import { UNTITLED } from '../pages/tree'
import { failureWords } from '../problems/words'
import { PastDocument } from './PastDocument'
import type { Difference, Moment } from './queries'

/** Something asked of the server about one point of the past. */
interface Asked<Answer> {
  data: Answer | undefined
  error: Error | null
  /** The answer is still that to an earlier question. */
  isPlaceholderData: boolean
  refetch: () => void
}

/** A page as it was. */
export function PastPage({ moment }: { moment: Asked<Moment> }) {
  return (
    <Sheet asked={moment}>
      {moment.data && (
        <>
          <h1 className="title-field">{moment.data.title || UNTITLED}</h1>
          <PastDocument content={moment.data.content} />
        </>
      )}
    </Sheet>
  )
}

/** A page with what was inserted and deleted between two points. */
export function ChangedPage({ difference }: { difference: Asked<Difference> }) {
  return (
    <Sheet asked={difference}>
      {difference.data && (
        <>
          <h1 className="title-field">
            <ChangedTitle {...difference.data.title} />
          </h1>
          <PastDocument content={difference.data.content} authors={difference.data.authors} />
        </>
      )}
    </Sheet>
  )
}

function ChangedTitle({ before, after }: Difference['title']) {
  if (before === after || before === '') return <span>{after || UNTITLED}</span>
  const { start, end } = commonEnds(before, after)
  return (
    <span>
      {after.slice(0, start)}
      <del className="change">{before.slice(start, before.length - end)}</del>
      <ins className="change">{after.slice(start, after.length - end)}</ins>
      {after.slice(after.length - end)}
    </span>
  )
}

function Sheet({ asked, children }: { asked: Asked<unknown>; children: ReactNode }) {
  if (asked.error !== null && (asked.data === undefined || asked.isPlaceholderData)) {
    return (
      <div role="alert" className="page-sheet flex flex-wrap content-start items-center gap-3 text-ink-soft text-sm">
        {failureWords(asked.error)}
        <Button onClick={asked.refetch}>Try again</Button>
      </div>
    )
  }
  if (asked.data === undefined) return <PageSkeleton />
  return (
    <article className="page-sheet past" aria-busy={asked.isPlaceholderData}>
      {children}
    </article>
  )
}
