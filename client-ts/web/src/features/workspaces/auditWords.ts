import type { components } from '@gala/client'

import { LEVEL_NAMES } from '../access/words'
import type { AuditEvent } from './useAudit'

type Audited = components['schemas']['Audited']

/** What something is called, by its id. */
export type NameOf = (id: string) => string | undefined

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** What has happened, said of whoever did it. */
export const AUDIT_WORDS: Readonly<Record<Audited, string>> = {
  'account.created': 'made an account',
  'account.signed_in': 'signed in',
  'account.sign_in_failed': 'tried to sign in and could not',
  'account.signed_out': 'signed out a device',
  'account.refresh_reused': 'showed a used token, and was signed out',
  'account.password_reset_requested': 'asked for a new password',
  'account.password_changed': 'changed a password',
  'account.email_verified': 'verified an address',
  'account.identity_linked': 'linked another way to sign in',
  'server.signing_key_replaced': 'replaced the key that signs access tokens',
  'server.master_key_replaced': 'replaced the master key',
  'server.secret_set': 'set a secret of the server',
  'server.secret_deleted': 'deleted a secret of the server',
  'api_key.created': 'made a key',
  'api_key.revoked': 'revoked a key',
  'workspace.created': 'made the workspace',
  'workspace.renamed': 'renamed the workspace',
  'workspace.deleted': 'deleted the workspace',
  'workspace.exported': 'exported the workspace',
  'workspace.imported': 'imported the workspace',
  'invitation.created': 'invited somebody',
  'invitation.revoked': 'took back an invitation',
  'member.joined': 'joined',
  'member.role_changed': 'changed a role',
  'member.removed': 'removed a member',
  'page.sharing_changed': 'changed what members may do on a page',
  'page.grant_changed': 'changed what one member may do on a page',
  'share_link.created': 'made a share link',
  'share_link.opened': 'came by a share link',
  'share_link.revoked': 'revoked a share link',
  'page.created': 'made a page',
  'page.moved': 'moved a page',
  'page.trashed': 'put a page into the trash',
  'page.restored': 'restored a page',
  'room.restored': 'brought back what a page said before',
  'room.restore_refused': 'tried to bring back what a page said before, and may not',
  'room.erased': 'erased the content of a page for good',
  'room.erase_refused': 'tried to erase the content of a page, and may not',
  'room.updates_set_aside': 'set damaged updates aside',
  'room.updates_let_back': 'let updates back that were set aside',
}

/** Who did it. */
export function actorOf({ actor_id, action }: AuditEvent, nameOf: NameOf): string {
  if (!actor_id) return 'Nobody signed in'
  return nameOf(actor_id) ?? (action === 'share_link.opened' ? 'A guest' : 'Somebody who is not here any more')
}

/** What it was done to, and how: with names where there are any, and without ids nobody knows. */
export function aboutEvent(event: AuditEvent, nameOf: NameOf): string {
  const subject = event.object === event.actor_id ? undefined : nameOf(event.object)
  const isSaid = event.action === 'page.created' && subject !== undefined
  return [subject, isSaid ? undefined : detailOf(event, nameOf)].filter(Boolean).join(', ')
}

function detailOf({ action, detail }: AuditEvent, nameOf: NameOf): string {
  const isSharing = action.startsWith('page.') || action.startsWith('share_link.')
  const words = detail.split(' ').map((word) => {
    if (UUID.test(word)) return nameOf(word) ?? ''
    return isSharing && word in LEVEL_NAMES ? LEVEL_NAMES[word as keyof typeof LEVEL_NAMES].toLowerCase() : word
  })
  return words.filter((word) => word !== '').join(' ')
}
