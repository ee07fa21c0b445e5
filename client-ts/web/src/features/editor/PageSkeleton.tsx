import { Skeleton } from '../../ui/Skeleton'

/** Where the title and the text will be. */
export function PageSkeleton() {
  return (
    <div className="page-sheet" aria-busy="true">
      <p className="sr-only">The page is loading</p>
      <div aria-hidden className="mb-8 h-12 w-3/5 animate-pulse rounded-lg bg-hover" />
      <Skeleton widths={[96, 88, 92, 40]} />
    </div>
  )
}
