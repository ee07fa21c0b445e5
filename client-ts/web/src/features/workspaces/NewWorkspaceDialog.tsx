import { Button } from '../../ui/Button'
import { Dialog } from '../../ui/Dialog'
import { TextField } from '../../ui/Field'
import { Form } from '../../ui/Form'
import { navigate } from '../../ui/location'
import { useFormProblem } from '../problems/useFormProblem'
import { useCreateWorkspace } from './changes'
import { MAX_WORKSPACE_NAME_CHARS } from './words'

/** Asks how a new workspace shall be called, makes it and goes there. */
export function NewWorkspaceDialog({ onClose }: { onClose: () => void }) {
  const { mutate: create, isPending, error } = useCreateWorkspace()

  const send = (values: FormData) => {
    if (isPending) return
    const made = () => {
      onClose()
      navigate('/')
    }
    create({ name: String(values.get('name')).trim() }, { onSuccess: made })
  }

  return (
    <Dialog label="New workspace" onClose={onClose}>
      <Form {...useFormProblem(error)} className="flex flex-col gap-4 p-5" onSubmit={send}>
        <h2 className="font-semibold text-lg tracking-tight">New workspace</h2>
        <TextField
          name="name"
          label="Name"
          maxLength={MAX_WORKSPACE_NAME_CHARS}
          required
          autoComplete="off"
          hint="It has its own pages and its own members. You become its owner."
        />
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button kind="primary" type="submit" isBusy={isPending}>
            Create it
          </Button>
        </div>
      </Form>
    </Dialog>
  )
}
