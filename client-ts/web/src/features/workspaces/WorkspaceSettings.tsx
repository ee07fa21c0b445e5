import { useState } from 'react'

import { Button } from '../../ui/Button'
import { ConfirmDialog } from '../../ui/ConfirmDialog'
import { TextField } from '../../ui/Field'
import { Form } from '../../ui/Form'
import { navigate } from '../../ui/location'
import { notify } from '../../ui/notices'
import { Section } from '../../ui/Section'
import { mayInWorkspace } from '../access/roles'
import { ROLE_PHRASES } from '../access/words'
import { useFormProblem } from '../problems/useFormProblem'
import { failureWords } from '../problems/words'
import { useDeleteWorkspace, useRenameWorkspace } from './changes'
import type { Workspace } from './queries'
import { MAX_WORKSPACE_NAME_CHARS } from './words'

/** The name of a workspace, and its end. */
export function WorkspaceSettings({ workspace }: { workspace: Workspace }) {
  return (
    <>
      <Section about={`You are ${ROLE_PHRASES[workspace.role]} of it.`}>
        <Name workspace={workspace} />
      </Section>
      {mayInWorkspace(workspace.role, 'deleteWorkspace') && (
        <Section
          title="Delete the workspace"
          about="Nobody gets to its pages any more, and everybody who has one open is put out of it. This cannot be undone here."
        >
          <Deletion workspace={workspace} />
        </Section>
      )}
    </>
  )
}

function Name({ workspace }: { workspace: Workspace }) {
  const { mutate: rename, isPending, error } = useRenameWorkspace()
  const mayRename = mayInWorkspace(workspace.role, 'renameWorkspace')

  const send = (values: FormData) => {
    if (isPending) return
    const name = String(values.get('name')).trim()
    rename(
      { workspace: workspace.id, name },
      { onSuccess: () => notify({ text: 'The name is changed', isError: false }) },
    )
  }

  return (
    <Form {...useFormProblem(error)} className="flex max-w-sm flex-col items-start gap-4" onSubmit={send}>
      <div className="w-full">
        <TextField
          key={workspace.name}
          name="name"
          label="Name"
          defaultValue={workspace.name}
          readOnly={!mayRename}
          maxLength={MAX_WORKSPACE_NAME_CHARS}
          required
          autoComplete="off"
        />
      </div>
      {mayRename && (
        <Button kind="primary" type="submit" isBusy={isPending}>
          Rename
        </Button>
      )}
    </Form>
  )
}

function Deletion({ workspace }: { workspace: Workspace }) {
  const [isAsking, setIsAsking] = useState(false)
  const { mutate: remove, isPending, error } = useDeleteWorkspace()

  return (
    <div>
      <Button kind="danger" onClick={() => setIsAsking(true)}>
        Delete the workspace…
      </Button>
      {isAsking && (
        <ConfirmDialog
          title={`Delete “${workspace.name}”?`}
          action="Delete it for everybody"
          typed={workspace.name}
          isBusy={isPending}
          failure={error === null ? undefined : failureWords(error)}
          onConfirm={() => remove({ workspace: workspace.id }, { onSuccess: () => navigate('/') })}
          onClose={() => setIsAsking(false)}
        >
          All its pages, members, keys and links go with it.
        </ConfirmDialog>
      )}
    </div>
  )
}
