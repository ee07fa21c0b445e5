import { ConfirmDialog } from '../../ui/ConfirmDialog'

/** Asks before somebody signs out whose last edits the server does not have. */
export function UnsavedDialog({ onLeave, onClose }: { onLeave: () => void; onClose: () => void }) {
  return (
    <ConfirmDialog title="Not everything is saved" action="Sign out and lose it" onConfirm={onLeave} onClose={onClose}>
      Some of what you wrote is only on this device, and signing out removes it from here. Stay until it is saved.
    </ConfirmDialog>
  )
}
