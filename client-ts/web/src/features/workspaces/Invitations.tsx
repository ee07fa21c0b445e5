import { Link2, Mail } from 'lucide-react'
import { useRef, useState } from 'react'

import { Button } from '../../ui/Button'
import { CopyButton } from '../../ui/CopyButton'
import { CopyField } from '../../ui/CopyField'
import { dayOf } from '../../ui/dates'
import { TextField } from '../../ui/Field'
import { Form } from '../../ui/Form'
import { Loaded } from '../../ui/Loaded'
import { Row, Rows } from '../../ui/Rows'
import { Section } from '../../ui/Section'
import { SelectField } from '../../ui/Select'
import { assignable, type Role } from '../access/roles'
import { optionsOf, ROLE_NAMES } from '../access/words'
import { useFormProblem } from '../problems/useFormProblem'
import { failureWords, tellFailure } from '../problems/words'
import { useInvite, useRevokeInvitation } from './changes'
import { type Invitation, useInvitations } from './members'
import type { Workspace } from './queries'

/** Who is invited, and the way to invite others. */
export function Invitations({ workspace }: { workspace: Workspace }) {
  const { data: invitations, error, refetch } = useInvitations(workspace.id)
  return (
    <Section title="Invitations" about="By mail to one person, or as a link for everybody who has it.">
      <Invite workspace={workspace} />
      <Loaded failure={invitations === undefined && error !== null ? failureWords(error) : undefined} onRetry={refetch}>
        {invitations &&
          (invitations.length === 0 ? (
            <p className="text-ink-faint text-sm">Nobody is invited at the moment.</p>
          ) : (
            <Rows label="Open invitations">
              {invitations.map((invitation) => (
                <InvitationRow key={invitation.id} workspace={workspace} invitation={invitation} />
              ))}
            </Rows>
          ))}
      </Loaded>
    </Section>
  )
}

function Invite({ workspace }: { workspace: Workspace }) {
  const [role, setRole] = useState<Role>('editor')
  const { mutate: invite, isPending, error, data: made } = useInvite(workspace.id)
  const address = useRef<HTMLInputElement>(null)

  const sent = () => {
    if (address.current !== null) address.current.value = ''
  }

  return (
    <>
      <Form
        {...useFormProblem(error)}
        onSubmit={(values) =>
          isPending || invite({ role, email: String(values.get('email')).trim() }, { onSuccess: sent })
        }
      >
        <div className="grid gap-3 sm:grid-cols-[1fr_10rem]">
          <TextField
            ref={address}
            name="email"
            label="E-mail"
            type="email"
            autoComplete="off"
            autoCapitalize="none"
            required
          />
          <SelectField
            name="role"
            label="Role"
            value={role}
            options={optionsOf(ROLE_NAMES, assignable(workspace.role))}
            onChoose={setRole}
          />
        </div>
        <div className="flex flex-wrap gap-2">
          <Button kind="primary" type="submit" isBusy={isPending}>
            Send an invitation
          </Button>
          <Button isBusy={isPending} onClick={() => invite({ role })}>
            Make a link instead
          </Button>
        </div>
      </Form>
      <div role="status" className="empty:hidden">
        {made?.email && <p className="text-good text-sm">{made.email} is invited, by mail.</p>}
      </div>
      {made !== undefined && <CopyField label={linkLabel(made)} value={made.url} />}
    </>
  )
}

/** What a link is good for. A mail may not arrive, or the server may have nobody to send it. */
function linkLabel({ email, role }: Invitation): string {
  if (email) return `In case the mail does not arrive: the link for ${email}`
  return `Link with which anybody becomes ${ROLE_NAMES[role].toLowerCase()}`
}

function InvitationRow({ workspace, invitation }: { workspace: Workspace; invitation: Invitation }) {
  const { mutate: revoke, isPending } = useRevokeInvitation(workspace.id)
  const who = invitation.email ?? 'Anybody with the link'
  const Icon = invitation.email ? Mail : Link2

  return (
    <Row
      icon={<Icon className="size-4 shrink-0 text-ink-faint" aria-hidden />}
      title={<span className="truncate">{who}</span>}
      detail={`${ROLE_NAMES[invitation.role]} · until ${dayOf(invitation.expires_at)}`}
      actions={
        <>
          <CopyButton label={`Copy the link for ${who}`} value={invitation.url} />
          <Button
            aria-label={`Take back the invitation for ${who}`}
            isBusy={isPending}
            onClick={() =>
              revoke(
                { invitation: invitation.id },
                { onError: (error) => tellFailure('The invitation could not be taken back', error) },
              )
            }
          >
            Take back
          </Button>
        </>
      }
    />
  )
}
