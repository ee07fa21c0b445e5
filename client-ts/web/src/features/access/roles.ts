import type { components } from '@gala/client'

export type Role = components['schemas']['Role']
export type Access = components['schemas']['Access']
export type Level = components['schemas']['Level']
export type Scope = components['schemas']['Scope']

/** Every role, the lowest first. Each contains the ones before it. */
export const ROLES = ['viewer', 'commenter', 'editor', 'admin', 'owner'] as const satisfies readonly Role[]

/** What can be done to a workspace, and the least role that may: the rows of `protocol/src/access.rs`. */
export const LEAST_ROLE = {
  readWorkspace: 'viewer',
  createPage: 'editor',
  inviteMember: 'admin',
  manageMember: 'admin',
  manageKey: 'admin',
  readAudit: 'admin',
  renameWorkspace: 'admin',
  deleteWorkspace: 'owner',
} as const satisfies Record<string, Role>

/** What can be done to a room, and the least access that may. */
export const LEAST_ACCESS = {
  readRoom: 'read',
  editRoom: 'write',
  readHistory: 'write',
  arrangePage: 'write',
  shareRoom: 'write',
} as const satisfies Record<string, Access>

/** What can be done to a room only by those who run the workspace, and the least role that may. */
export const LEAST_ROLE_IN_ROOM = { eraseRoom: 'admin' } as const satisfies Record<string, Role>

/**
 * Whether somebody in this role may do this to the workspace. It decides what is shown; what is done
 * the server decides.
 */
export function mayInWorkspace(role: Role | undefined, action: keyof typeof LEAST_ROLE): boolean {
  return role !== undefined && isAtLeast(role, LEAST_ROLE[action])
}

/** Whether somebody with this access may do this to the room. */
export function mayInRoom(access: Access | undefined, action: keyof typeof LEAST_ACCESS): boolean {
  return access !== undefined && LEVELS.indexOf(access) >= LEVELS.indexOf(LEAST_ACCESS[action])
}

/** Whether somebody in this role may delete for good what the room says. */
export function mayEraseRoom(role: Role | undefined): boolean {
  return role !== undefined && isAtLeast(role, LEAST_ROLE_IN_ROOM.eraseRoom)
}

/** Whether somebody in this role may give, take or change `other`: what is done to owners, only owners do. */
export function mayAssign(role: Role, other: Role): boolean {
  return role === 'owner' || other !== 'owner'
}

/** The roles somebody in this role may give, the highest first. */
export function assignable(role: Role): Role[] {
  return ROLES.filter((other) => mayAssign(role, other)).reverse()
}

export function isAtLeast(role: Role, least: Role): boolean {
  return ROLES.indexOf(role) >= ROLES.indexOf(least)
}

const LEVELS: readonly Access[] = ['read', 'comment', 'write']
