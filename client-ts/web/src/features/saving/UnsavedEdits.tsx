import type { Room } from '@gala/client'
import { useClient, useSnapshot } from '@gala/react'

import { Button } from '../../ui/Button'
import { navigate } from '../../ui/location'
import { notify } from '../../ui/notices'
import { signInPath } from '../accounts/paths'
import { refusalWords } from './refusalWords'

interface UnsavedEditsProps {
  room: Room
  /** The edits are gone, and the room has to be entered anew. */
  onDiscarded: () => void
}

/** Stands above a page whose last edits the server will not take. They are still there to be copied. */
export function UnsavedEdits({ room, onDiscarded }: UnsavedEditsProps) {
  const client = useClient()
  const snapshot = useSnapshot(room)
  if (snapshot.saveState !== 'denied') return null

  const discard = async () => {
    try {
      await client.discard(room.id)
    } catch {
      notify({ text: 'The copy in this browser could not be removed', isError: true })
    }
    onDiscarded()
  }

  return (
    <div role="alert" className="mx-auto max-w-3xl px-5 pt-4">
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2 rounded-lg bg-warn-soft px-4 py-3 text-sm text-warn">
        <p className="min-w-[min(16rem,100%)] flex-1">{refusalWords(snapshot)}</p>
        {snapshot.denial === 'unauthorized' ? (
          <Button onClick={() => navigate(signInPath(location.pathname))}>Sign in</Button>
        ) : (
          <Button onClick={discard}>Discard my changes</Button>
        )}
      </div>
    </div>
  )
}
