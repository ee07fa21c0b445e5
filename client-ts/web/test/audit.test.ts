import { expect, it } from 'vitest'

import { AUDIT_WORDS, aboutEvent, actorOf } from '../src/features/workspaces/auditWords'
import type { AuditEvent } from '../src/features/workspaces/useAudit'

const ANN = '01890000-0000-7000-8000-00000000000a'
const BEN = '01890000-0000-7000-8000-00000000000b'
const PAGE = '01890000-0000-7000-8000-00000000000c'
const LINK = '01890000-0000-7000-8000-00000000000d'
const names = new Map([
  [ANN, 'Ann'],
  [BEN, 'Ben'],
  [PAGE, '“Plans”'],
])
const nameOf = (id: string) => names.get(id)

function told(parts: Partial<AuditEvent>): string {
  const event: AuditEvent = {
    seq: 1,
    at: '2026-01-01T00:00:00Z',
    actor_id: ANN,
    action: 'page.created',
    object: PAGE,
    detail: '',
    address: '',
    hash: '',
    ...parts,
  }
  const about = aboutEvent(event, nameOf)
  return `${actorOf(event, nameOf)} ${AUDIT_WORDS[event.action]}${about === '' ? '' : `: ${about}`}`
}

it.each<[string, Partial<AuditEvent>]>([
  ['Ann made a page: “Plans”', { detail: 'Plans' }],
  ['Ann made a page: Gone', { object: LINK, detail: 'Gone' }],
  ['Ann changed a role: Ben, viewer', { action: 'member.role_changed', object: BEN, detail: 'viewer' }],
  [
    'Ann changed what one member may do on a page: “Plans”, Ben can edit',
    { action: 'page.grant_changed', detail: `${BEN} write` },
  ],
  ['Ann made a share link: “Plans” can view', { action: 'share_link.created', object: LINK, detail: `${PAGE} read` }],
  ['Ann made a share link: can view', { action: 'share_link.created', object: LINK, detail: `${LINK} read` }],
  [
    'A guest came by a share link: “Plans”',
    { action: 'share_link.opened', actor_id: LINK, object: LINK, detail: PAGE },
  ],
  ['Ben joined', { action: 'member.joined', actor_id: BEN, object: BEN }],
  ['Nobody signed in asked for a new password', { action: 'account.password_reset_requested', actor_id: null }],
])('the audit tells: %s', (words, event) => {
  expect(told({ object: event.action === 'account.password_reset_requested' ? LINK : PAGE, ...event })).toBe(words)
})
