import { X } from 'lucide-react'
import { useState } from 'react'

import { Button } from '../../ui/Button'
import { Form } from '../../ui/Form'
import { IconButton } from '../../ui/IconButton'
import { Row, Rows } from '../../ui/Rows'
import { Section } from '../../ui/Section'
import { Select, SelectField } from '../../ui/Select'
import { isAtLeast, type Level } from '../access/roles'
import { LEVEL_NAMES, optionsOf } from '../access/words'
import { useMembers } from '../workspaces/members'
import { type Grant, type Sharing, useDeleteGrant, usePutGrant } from './queries'
import type { SharingPart } from './ShareDialog'
import { usePageName } from './usePageName'

/** What single members may do on a page. */
export function Grants({ sharing, ...part }: SharingPart & { sharing: Sharing }) {
  return (
    <Section title="Single members" about="What is said of somebody here counts more than what is said of all members.">
      {sharing.grants.length > 0 && (
        <Rows label="Single members">
          {sharing.grants.map((grant) => (
            <GrantRow key={grant.principal_id} grant={grant} {...part} />
          ))}
        </Rows>
      )}
      <AddGrant sharing={sharing} {...part} />
    </Section>
  )
}

function GrantRow({ grant, page, onFailure }: SharingPart & { grant: Grant }) {
  const put = usePutGrant(page.id)
  const remove = useDeleteGrant(page.id)
  const nameOf = usePageName()
  const isInherited = grant.page_id !== page.id
  const principal = grant.principal_id

  return (
    <Row
      title={<span className="truncate">{grant.name}</span>}
      {...(isInherited ? { detail: `From ${nameOf(grant.page_id)}` } : {})}
      actions={
        <>
          <Select<Level>
            look="quiet"
            aria-label={`What ${grant.name} may do`}
            value={put.isPending ? put.variables.level : grant.level}
            options={optionsOf<Level>(LEVEL_NAMES)}
            onChoose={(level) =>
              put.mutate({ principal, level }, { onError: (error) => onFailure('This could not be changed', error) })
            }
          />
          {!isInherited && (
            <IconButton
              label={`Say nothing of ${grant.name}`}
              onClick={() =>
                remove.mutate({ principal }, { onError: (error) => onFailure('This could not be removed', error) })
              }
            >
              <X className="size-4" aria-hidden />
            </IconButton>
          )}
        </>
      }
    />
  )
}

function AddGrant({ sharing, page, onFailure }: SharingPart & { sharing: Sharing }) {
  const { data: members = [] } = useMembers(page.workspace_id)
  const { mutate: put, isPending } = usePutGrant(page.id)
  const [chosen, setChosen] = useState<string>()
  const [level, setLevel] = useState<Level>('write')

  const known = new Set(sharing.grants.map(({ principal_id }) => principal_id))
  // Admins get in whatever is said.
  const others = members.filter(({ id, role }) => !known.has(id) && !isAtLeast(role, 'admin'))
  const [first] = others
  if (first === undefined) return null
  const principal = others.find(({ id }) => id === chosen)?.id ?? first.id

  return (
    <Form
      className="grid items-end gap-3 sm:grid-cols-[1fr_9.5rem_auto]"
      onSubmit={() =>
        isPending || put({ principal, level }, { onError: (error) => onFailure('This could not be added', error) })
      }
    >
      <SelectField
        name="principal"
        label="Member"
        value={principal}
        options={others.map(({ id, name, email }) => ({ value: id, label: `${name} (${email})` }))}
        onChoose={setChosen}
      />
      <SelectField<Level>
        name="level"
        label="On this page"
        value={level}
        options={optionsOf<Level>(LEVEL_NAMES)}
        onChoose={setLevel}
      />
      <Button type="submit" isBusy={isPending}>
        Add
      </Button>
    </Form>
  )
}
