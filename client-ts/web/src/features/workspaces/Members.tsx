import { useState } from 'react'

import { Badge } from '../../ui/Badge'
import { Button } from '../../ui/Button'
import { ConfirmDialog } from '../../ui/ConfirmDialog'
import { dayOf } from '../../ui/dates'
import { Loaded } from '../../ui/Loaded'
import { navigate } from '../../ui/location'
import { Row, Rows } from '../../ui/Rows'
import { Section } from '../../ui/Section'
import { Select } from '../../ui/Select'
import { assignable, mayAssign, mayInWorkspace } from '../access/roles'
import { optionsOf, ROLE_NAMES } from '../access/words'
import { Avatar } from '../presence/Avatar'
import { failureWords, tellFailure } from '../problems/words'
import { useChangeRole, useLeaveWorkspace, useRemoveMember } from './changes'
import { type Member, useMembers } from './members'
import type { Workspace } from './queries'

interface MembersProps {
  workspace: Workspace
  /** Whose screen it is. */
  me: string
}

/** Who belongs to a workspace, and what they are in it. */
export function Members({ workspace, me }: MembersProps) {
  const { data: members, error, refetch } = useMembers(workspace.id)
  return (
    <Section about="Their roles count on every page, unless the page says otherwise.">
      <Loaded failure={members === undefined && error !== null ? failureWords(error) : undefined} onRetry={refetch}>
        {members && (
          <Rows label="Members">
            {members.map((member) => (
              <MemberRow key={member.id} workspace={workspace} member={member} isMe={member.id === me} />
            ))}
          </Rows>
        )}
      </Loaded>
    </Section>
  )
}

interface MemberRowProps {
  workspace: Workspace
  member: Member
  isMe: boolean
}

function MemberRow({ workspace, member, isMe }: MemberRowProps) {
  const mayManage = mayInWorkspace(workspace.role, 'manageMember') && mayAssign(workspace.role, member.role)
  return (
    <Row
      icon={<Avatar person={member} />}
      title={
        <>
          <span className="truncate">{member.name}</span>
          {isMe && <Badge>You</Badge>}
        </>
      }
      detail={`${member.email} · since ${dayOf(member.joined_at)}`}
      actions={
        <>
          {mayManage ? <RoleSelect workspace={workspace} member={member} /> : <RoleName member={member} />}
          {isMe && <Leave workspace={workspace} me={member.id} />}
          {!isMe && mayManage && <Remove workspace={workspace} member={member} />}
        </>
      }
    />
  )
}

function RoleName({ member }: { member: Member }) {
  return <span className="px-2 text-ink-soft text-sm">{ROLE_NAMES[member.role]}</span>
}

function RoleSelect({ workspace, member }: { workspace: Workspace; member: Member }) {
  const { mutate: change, isPending, variables } = useChangeRole(workspace.id)
  return (
    <Select
      look="quiet"
      aria-label={`Role of ${member.name}`}
      options={optionsOf(ROLE_NAMES, assignable(workspace.role))}
      value={isPending ? variables.role : member.role}
      onChoose={(role) =>
        change({ member, role }, { onError: (error) => tellFailure('The role could not be changed', error) })
      }
    />
  )
}

function Remove({ workspace, member }: { workspace: Workspace; member: Member }) {
  const [isAsking, setIsAsking] = useState(false)
  const { mutate: remove, isPending, error } = useRemoveMember(workspace.id)

  return (
    <>
      <Button aria-label={`Remove ${member.name}`} onClick={() => setIsAsking(true)}>
        Remove
      </Button>
      {isAsking && (
        <ConfirmDialog
          title={`Remove ${member.name}?`}
          action="Remove them"
          isBusy={isPending}
          failure={error === null ? undefined : failureWords(error)}
          onConfirm={() => remove({ member }, { onSuccess: () => setIsAsking(false) })}
          onClose={() => setIsAsking(false)}
        >
          They no longer get to any page of {workspace.name}. What they wrote stays.
        </ConfirmDialog>
      )}
    </>
  )
}

function Leave({ workspace, me }: { workspace: Workspace; me: string }) {
  const [isAsking, setIsAsking] = useState(false)
  const { mutate: leave, isPending, error } = useLeaveWorkspace(workspace.id)
  const failure =
    error === null
      ? undefined
      : failureWords(error, { conflict: 'A workspace always has an owner: make somebody else one first.' })

  return (
    <>
      <Button onClick={() => setIsAsking(true)}>Leave</Button>
      {isAsking && (
        <ConfirmDialog
          title={`Leave “${workspace.name}”?`}
          action="Leave"
          isBusy={isPending}
          failure={failure}
          onConfirm={() => leave({ me }, { onSuccess: () => navigate('/') })}
          onClose={() => setIsAsking(false)}
        >
          You come back only when somebody invites you again.
        </ConfirmDialog>
      )}
    </>
  )
}
