import { Check, Copy } from 'lucide-react'

import { IconButton } from './IconButton'
import { useCopied } from './useCopied'

/** Copies something that is not shown. */
export function CopyButton({ label, value }: { label: string; value: string }) {
  const { isCopied, copy } = useCopied(value)
  return (
    <>
      <IconButton label={label} onClick={copy}>
        {isCopied ? <Check className="size-4 text-good" aria-hidden /> : <Copy className="size-4" aria-hidden />}
      </IconButton>
      <span role="status" className="sr-only">
        {isCopied ? 'Copied' : ''}
      </span>
    </>
  )
}
