import { Link } from '../../ui/Link'
import { pagePath } from './paths'
import { usePageTree } from './queries'
import { pathTo, titleOf } from './tree'

/** The pages above this one, and this one. */
export function Breadcrumb({ id }: { id: string }) {
  const pages = pathTo(usePageTree().data ?? [], id)

  return (
    <nav aria-label="Where this page stands" className="min-w-0 flex-1">
      <ol className="flex min-w-0 items-center text-sm">
        {pages.map((page, depth) => {
          const isLast = depth === pages.length - 1
          return (
            <li key={page.id} className={`flex min-w-0 items-center ${isLast ? 'shrink' : 'shrink-[3] max-md:hidden'}`}>
              {depth > 0 && (
                <span aria-hidden className="px-0.5 text-line-strong max-md:hidden">
                  /
                </span>
              )}
              <Link
                href={pagePath(page.id)}
                aria-current={isLast ? 'page' : undefined}
                className="truncate rounded px-1.5 py-1 text-ink-faint hover:bg-hover aria-[current=page]:text-ink"
              >
                {titleOf(page)}
              </Link>
            </li>
          )
        })}
      </ol>
    </nav>
  )
}
