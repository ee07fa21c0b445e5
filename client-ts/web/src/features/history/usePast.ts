import { useEffect, useMemo } from 'react'

import { useEdits, useVersions } from './queries'
import { entriesOf, type Stop, stopIndex, stopsOf } from './timeline'

/** The past of a room as far as it is loaded, and the point in it that was asked for. */
export function usePast(room: string, asked: number | undefined) {
  const { data, error, refetch, hasNextPage, isFetchingNextPage, fetchNextPage } = useEdits(room)
  const versions = useVersions(room)

  const { entries, stops, earliest } = useMemo(() => {
    const runs = data?.pages.flatMap(({ items }) => items) ?? []
    const named = versions.data ?? []
    return { entries: entriesOf(runs, named), stops: stopsOf(runs, named), earliest: runs.at(-1)?.from_seq ?? 0 }
  }, [data, versions.data])

  const index = stopIndex(stops, asked)
  const stop: Stop | undefined = stops[index]
  const latest = stops.at(-1)?.seq ?? 0
  const seq = stop && Math.min(asked ?? latest, latest)
  const isBeforeLoaded = hasNextPage && asked !== undefined && asked < earliest
  useEffect(() => {
    if (isBeforeLoaded && !isFetchingNextPage) fetchNextPage()
  }, [isBeforeLoaded, isFetchingNextPage, fetchNextPage])

  const failed = error ?? versions.error
  const isLoaded = data !== undefined && versions.data !== undefined
  return {
    entries,
    stops,
    index,
    /** Where the slider stands; undefined as long as nothing is known. */
    stop,
    /** The position that is shown: at the stop, or among the edits that end there. */
    seq,
    /** The position of the last edit. */
    latest,
    isNow: seq === latest,
    isLoaded,
    /** Why nothing is known. */
    failure: isLoaded ? null : failed,
    retry: () => {
      refetch()
      versions.refetch()
    },
    earlier: hasNextPage ? { load: () => fetchNextPage(), isLoading: isFetchingNextPage } : undefined,
  }
}

export type Past = ReturnType<typeof usePast>
