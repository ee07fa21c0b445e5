import type { ComponentProps } from 'react'

import { Link } from './Link'

/** A link within words: underlined, because colour alone does not tell everybody. */
export function TextLink(props: Omit<ComponentProps<typeof Link>, 'className'>) {
  return <Link className="rounded-sm text-link underline underline-offset-4 hover:decoration-2" {...props} />
}
