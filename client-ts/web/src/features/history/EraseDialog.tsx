import { ConfirmDialog } from '../../ui/ConfirmDialog'
import { failureWords } from '../problems/words'
import { useErase } from './changes'

interface EraseDialogProps {
  room: string
  onErased: () => void
  onClose: () => void
}

/** Asks before everything a page says and has said is deleted for good. */
export function EraseDialog({ room, onErased, onClose }: EraseDialogProps) {
  const { mutate: erase, isPending, error } = useErase(room, onErased)
  return (
    <ConfirmDialog
      title="Erase the content of this page?"
      action="Erase for good"
      typed="erase"
      isBusy={isPending}
      failure={error === null ? undefined : failureWords(error)}
      onConfirm={() => erase()}
      onClose={onClose}
    >
      The text, its whole history and all versions are deleted for everybody, also from browsers that are offline now.
      The page stays, empty. Nobody can undo this.
    </ConfirmDialog>
  )
}
