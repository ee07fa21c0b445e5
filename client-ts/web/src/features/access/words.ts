import type { Access, Level, Role, Scope } from './roles'

/** What a role is called. */
export const ROLE_NAMES: Readonly<Record<Role, string>> = {
  owner: 'Owner',
  admin: 'Admin',
  editor: 'Editor',
  commenter: 'Commenter',
  viewer: 'Viewer',
}

/** What somebody becomes, within a sentence. */
export const ROLE_PHRASES: Readonly<Record<Role, string>> = {
  owner: 'an owner',
  admin: 'an admin',
  editor: 'an editor',
  commenter: 'a commenter',
  viewer: 'a viewer',
}

/** What a level lets people do. */
export const LEVEL_NAMES: Readonly<Record<Level, string>> = {
  none: 'No access',
  read: 'Can view',
  comment: 'Can comment',
  write: 'Can edit',
}

/** What an access lets people do. */
export const ACCESS_NAMES: Readonly<Record<Access, string>> = LEVEL_NAMES

/** What a key is good for. */
export const SCOPE_NAMES: Readonly<Record<Scope, { name: string; about: string }>> = {
  read: { name: 'Read', about: 'see workspaces, members and pages' },
  write: { name: 'Write', about: 'change pages' },
  manage: { name: 'Manage', about: 'change who may do what, and the workspace itself' },
}

/** The names of some values as options, in the order of the names. */
export function optionsOf<Value extends string>(
  names: Readonly<Record<Value, string>>,
  values: readonly Value[] = Object.keys(names) as Value[],
): { value: Value; label: string }[] {
  return values.map((value) => ({ value, label: names[value] }))
}
