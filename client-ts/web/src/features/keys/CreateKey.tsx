import { useState } from 'react'

import { Button } from '../../ui/Button'
import { Checkboxes } from '../../ui/Checkboxes'
import { TextField } from '../../ui/Field'
import { Form } from '../../ui/Form'
import { SelectField } from '../../ui/Select'
import { expiryOf, LIFETIME_NAMES, type Lifetime } from '../access/expiry'
import type { Role, Scope } from '../access/roles'
import { optionsOf, ROLE_NAMES, SCOPE_NAMES } from '../access/words'
import { useFormProblem } from '../problems/useFormProblem'
import { type CreatedApiKey, type KeyOwner, useCreateKey } from './queries'

/** Characters in a key's name at most; the server refuses more. */
const MAX_KEY_NAME_CHARS = 100
/** A key that is forgotten does no harm for ever. */
const USUAL_LIFETIME: Lifetime = '90'

const SCOPE_OPTIONS = (['read', 'write', 'manage'] as const).map((value) => ({
  value,
  label: SCOPE_NAMES[value].name,
  hint: SCOPE_NAMES[value].about,
}))

interface CreateKeyProps {
  owner: KeyOwner
  roles: readonly Role[]
  onMade: (key: CreatedApiKey) => void
  onCancel: () => void
}

/** Asks what a key shall be good for, and makes it. */
export function CreateKey({ owner, roles, onMade, onCancel }: CreateKeyProps) {
  const [scopes, setScopes] = useState<readonly Scope[]>(['read', 'write'])
  const [lifetime, setLifetime] = useState<Lifetime>(USUAL_LIFETIME)
  const [role, setRole] = useState<Role>('editor')
  const { mutate: create, isPending, error } = useCreateKey(owner)

  const send = (values: FormData) => {
    if (isPending) return
    const name = String(values.get('name')).trim()
    create({ name, role, scopes: [...scopes], expires_at: expiryOf(lifetime, Date.now()) }, { onSuccess: onMade })
  }

  return (
    <Form
      {...useFormProblem(error)}
      className="flex flex-col gap-4 rounded-lg border border-line bg-surface p-4"
      onSubmit={send}
    >
      <TextField
        name="name"
        label="Name"
        maxLength={MAX_KEY_NAME_CHARS}
        required
        autoFocus
        autoComplete="off"
        hint={owner.kind === 'me' ? 'What the key is for.' : 'Others see it beside what the service writes.'}
      />
      <Checkboxes
        name="scopes"
        label="It may"
        options={SCOPE_OPTIONS}
        chosen={scopes}
        onChoose={setScopes}
        whenNone="Choose at least one"
      />
      <div className="grid gap-4 sm:grid-cols-2">
        {roles.length > 0 && (
          <SelectField
            name="role"
            label="Role in the workspace"
            value={role}
            options={optionsOf(ROLE_NAMES, roles)}
            onChoose={setRole}
          />
        )}
        <SelectField
          name="expires_at"
          label="Good for"
          value={lifetime}
          options={optionsOf(LIFETIME_NAMES, ['7', '30', '90', '365', 'never'])}
          onChoose={setLifetime}
        />
      </div>
      <div className="flex flex-wrap gap-2">
        <Button kind="primary" type="submit" isBusy={isPending}>
          Make the key
        </Button>
        <Button onClick={onCancel}>Cancel</Button>
      </div>
    </Form>
  )
}
