/** Where everything that is set is set. */
export const SETTINGS_PREFIX = '/settings/'

export const SETTINGS_PATHS = {
  profile: '/settings/profile',
  devices: '/settings/devices',
  keys: '/settings/api-keys',
  workspace: '/settings/workspace',
  members: '/settings/members',
  serviceKeys: '/settings/service-keys',
  audit: '/settings/audit',
} as const
