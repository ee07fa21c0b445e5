import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { describe, expect, it } from 'vitest'

import {
  type Access,
  assignable,
  LEAST_ACCESS,
  LEAST_ROLE,
  LEAST_ROLE_IN_ROOM,
  mayAssign,
  mayInRoom,
  mayInWorkspace,
  ROLES,
  type Role,
} from '../src/features/access/roles'

/** The table of the server: for each action what it is done to, and the least role that may do it. */
function serverTable(): { action: string; object: string; role: Role }[] {
  const source = readFileSync(resolve(import.meta.dirname, '../../../protocol/src/access.rs'), 'utf8')
  const rows = source.matchAll(/Self::(\w+) => \(Object::(\w+), Role::(\w+),/g)
  return [...rows].map(([, action = '', object = '', role = '']) => ({
    action: action.charAt(0).toLowerCase() + action.slice(1),
    object,
    role: role.toLowerCase() as Role,
  }))
}

const ACCESS_OF: Record<Role, Access> = {
  viewer: 'read',
  commenter: 'comment',
  editor: 'write',
  admin: 'write',
  owner: 'write',
}

describe('what a role may', () => {
  it('is what the table of the server says, action by action', () => {
    const table = serverTable()
    const inRooms = table.filter(({ object }) => object === 'Room')
    const [ran, rooms] = [
      inRooms.filter(({ role }) => role === 'admin'),
      inRooms.filter(({ role }) => role !== 'admin'),
    ]
    const workspaces = table.filter(({ object }) => object === 'Workspace')

    expect(Object.fromEntries(rooms.map(({ action, role }) => [action, ACCESS_OF[role]]))).toEqual(LEAST_ACCESS)
    expect(Object.fromEntries(ran.map(({ action, role }) => [action, role]))).toEqual(LEAST_ROLE_IN_ROOM)
    expect(Object.fromEntries(workspaces.map(({ action, role }) => [action, role]))).toEqual(LEAST_ROLE)
  })

  it('contains what the lower ones may', () => {
    expect(ROLES.map((role) => mayInWorkspace(role, 'createPage'))).toEqual([false, false, true, true, true])
    expect(ROLES.map((role) => mayInWorkspace(role, 'inviteMember'))).toEqual([false, false, false, true, true])
    expect(ROLES.map((role) => mayInWorkspace(role, 'deleteWorkspace'))).toEqual([false, false, false, false, true])
    expect((['read', 'comment', 'write'] as const).map((access) => mayInRoom(access, 'editRoom'))).toEqual([
      false,
      false,
      true,
    ])
  })

  it('is nothing while it is not known', () => {
    expect(mayInWorkspace(undefined, 'readWorkspace')).toBe(false)
    expect(mayInRoom(undefined, 'readRoom')).toBe(false)
  })

  it('reaches owners only for owners', () => {
    expect(mayAssign('admin', 'owner')).toBe(false)
    expect(assignable('admin')).toEqual(['admin', 'editor', 'commenter', 'viewer'])
    expect(assignable('owner')[0]).toBe('owner')
  })
})
