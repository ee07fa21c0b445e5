import { Check, Copy } from 'lucide-react'
import { useId, useRef } from 'react'

import { Button } from './Button'
import { FIELD_LOOK } from './Field'
import { useCopied } from './useCopied'

/** Something to be taken elsewhere: shown whole, and copied by a button. */
export function CopyField({ label, value }: { label: string; value: string }) {
  const id = useId()
  const field = useRef<HTMLInputElement>(null)
  const { isCopied, copy } = useCopied(value)

  return (
    <div className="flex min-w-0 flex-col gap-1.5">
      <label htmlFor={id} className="font-medium text-sm">
        {label}
      </label>
      <div className="flex gap-2">
        <input
          ref={field}
          id={id}
          readOnly
          value={value}
          className={`${FIELD_LOOK} font-mono text-xs pointer-coarse:text-sm`}
          onFocus={(event) => event.currentTarget.select()}
        />
        <Button
          onClick={() => {
            field.current?.select()
            copy()
          }}
        >
          {isCopied ? <Check className="size-4" aria-hidden /> : <Copy className="size-4" aria-hidden />}
          {isCopied ? 'Copied' : 'Copy'}
        </Button>
      </div>
      <span role="status" className="sr-only">
        {isCopied ? 'Copied' : ''}
      </span>
    </div>
  )
}
