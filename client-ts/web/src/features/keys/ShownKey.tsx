import { useEffect, useRef } from 'react'

import { Button } from '../../ui/Button'
import { CopyField } from '../../ui/CopyField'
import type { CreatedApiKey } from './queries'

/** A new key, which is shown this once. */
export function ShownKey({ made, onDone }: { made: CreatedApiKey; onDone: () => void }) {
  const box = useRef<HTMLElement>(null)

  // What had the focus is gone, and this is what is to be read now.
  useEffect(() => box.current?.focus(), [])

  return (
    <section
      ref={box}
      tabIndex={-1}
      aria-label={`The key “${made.name}”`}
      className="flex flex-col gap-3 rounded-lg bg-good-soft p-4"
    >
      <p className="text-good text-sm">
        “{made.name}” is made. Copy the key now: nobody, not even this server, can show it again.
      </p>
      <CopyField label="Key" value={made.key} />
      <div>
        <Button onClick={onDone}>I have copied it</Button>
      </div>
    </section>
  )
}
