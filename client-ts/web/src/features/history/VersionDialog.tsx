import { Button } from '../../ui/Button'
import { Dialog } from '../../ui/Dialog'
import { TextField } from '../../ui/Field'
import { Form } from '../../ui/Form'
import { useFormProblem } from '../problems/useFormProblem'
import { useNameVersion } from './changes'
import type { Version } from './queries'

/** Characters in the name of a version at most; the server refuses more. */
const MAX_NAME_CHARS = 100

interface VersionDialogProps {
  room: string
  seq: number
  /** The version that is there already. */
  version?: Version | undefined
  onClose: () => void
}

/** Gives a point of the past a name, or another one. */
export function VersionDialog({ room, seq, version, onClose }: VersionDialogProps) {
  const { mutate: name, isPending, error } = useNameVersion(room)
  const title = version?.name ? 'Rename the version' : 'Name this version'

  return (
    <Dialog label={title} onClose={onClose}>
      <Form
        className="flex flex-col gap-4 p-5"
        {...useFormProblem(error)}
        onSubmit={(values) => {
          if (isPending) return
          const given = String(values.get('name')).trim()
          name({ seq, name: given, isThere: version !== undefined }, { onSuccess: onClose })
        }}
      >
        <h2 className="font-semibold text-lg tracking-tight">{title}</h2>
        <TextField
          name="name"
          label="Name"
          defaultValue={version?.name ?? ''}
          maxLength={MAX_NAME_CHARS}
          autoComplete="off"
          required
        />
        <div className="flex flex-wrap justify-end gap-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button kind="primary" type="submit" isBusy={isPending}>
            Keep the name
          </Button>
        </div>
      </Form>
    </Dialog>
  )
}
