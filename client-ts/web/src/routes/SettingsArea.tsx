import { FileX2 } from 'lucide-react'
import { useEffect, useRef } from 'react'

import { assignable, mayInWorkspace } from '../features/access/roles'
import { Devices } from '../features/accounts/Devices'
import { type Me, useMe } from '../features/accounts/me'
import { Profile } from '../features/accounts/Profile'
import { Keys } from '../features/keys/Keys'
import { usePageTree } from '../features/pages/queries'
import { pathTo, titleOf } from '../features/pages/tree'
import { Audit } from '../features/workspaces/Audit'
import { Invitations } from '../features/workspaces/Invitations'
import { Members } from '../features/workspaces/Members'
import { useWorkspace, type Workspace } from '../features/workspaces/queries'
import { WorkspaceSettings } from '../features/workspaces/WorkspaceSettings'
import { Link } from '../ui/Link'
import { Message } from '../ui/Message'
import { Skeleton } from '../ui/Skeleton'
import { useWindowTitle } from '../ui/useWindowTitle'
import { SETTINGS_PATHS } from './settingsPaths'

interface Place {
  path: string
  name: string
}

const OWN: readonly Place[] = [
  { path: SETTINGS_PATHS.profile, name: 'Profile' },
  { path: SETTINGS_PATHS.devices, name: 'Devices' },
  { path: SETTINGS_PATHS.keys, name: 'API keys' },
]

/** Everything that is set: about oneself, and about the workspace one is in. */
export function SettingsArea({ path }: { path: string }) {
  const me = useMe().data
  const workspace = useWorkspace()

  if (me === undefined || workspace.isPending)
    return <Skeleton widths={[30, 60, 45]} className="mx-auto max-w-5xl p-8" />
  if (me.kind !== 'user') return <NotYours />
  const places = [{ name: 'You', places: OWN }]
  if (workspace.data !== undefined) places.push({ name: workspace.data.name, places: workspacePlaces(workspace.data) })
  return (
    <div className="mx-auto w-full max-w-5xl px-5 pt-4 pb-24 md:grid md:grid-cols-[12rem_1fr] md:gap-12 md:pt-8">
      <SettingsNav path={path} groups={places} />
      <div className="min-w-0 max-w-2xl">
        <SettingTitle title={titleAt(path, places)} />
        <Setting path={path} me={me} workspace={workspace.data} />
      </div>
    </div>
  )
}

function workspacePlaces({ role }: Workspace): Place[] {
  const mayManageKeys = mayInWorkspace(role, 'manageKey')
  const mayAudit = mayInWorkspace(role, 'readAudit')
  return [
    { path: SETTINGS_PATHS.workspace, name: 'General' },
    { path: SETTINGS_PATHS.members, name: 'Members' },
    ...(mayManageKeys ? [{ path: SETTINGS_PATHS.serviceKeys, name: 'Service keys' }] : []),
    ...(mayAudit ? [{ path: SETTINGS_PATHS.audit, name: 'Audit' }] : []),
  ]
}

interface Group {
  name: string
  places: readonly Place[]
}

function titleAt(path: string, groups: readonly Group[]): string {
  return groups.flatMap(({ places }) => places).find((place) => place.path === path)?.name ?? 'Settings'
}

function SettingTitle({ title }: { title: string }) {
  useWindowTitle(title)
  return <h1 className="mb-6 font-bold text-3xl tracking-tight max-md:mt-6">{title}</h1>
}

function SettingsNav({ path, groups }: { path: string; groups: readonly Group[] }) {
  const nav = useRef<HTMLElement>(null)

  // Where it is narrow the places stand in one line, which may begin before the window does.
  // biome-ignore lint/correctness/useExhaustiveDependencies: another path is another current place.
  useEffect(() => {
    nav.current?.querySelector('[aria-current]')?.scrollIntoView({ block: 'nearest', inline: 'center' })
  }, [path])

  return (
    <nav
      ref={nav}
      aria-label="Settings"
      className="flex gap-5 overflow-x-auto max-md:-mx-5 max-md:px-5 max-md:pb-2 md:flex-col md:gap-6"
    >
      {groups.map((group) => (
        <div key={group.name} className="shrink-0">
          <h2 className="truncate px-2 pb-1 font-medium text-ink-faint text-xs">{group.name}</h2>
          <ul className="flex md:flex-col">
            {group.places.map((place) => (
              <li key={place.path}>
                <Link
                  href={place.path}
                  aria-current={place.path === path ? 'page' : undefined}
                  className="flex h-8 items-center whitespace-nowrap rounded-md px-2 text-ink-soft text-sm hover:bg-hover aria-[current=page]:bg-press aria-[current=page]:font-medium aria-[current=page]:text-ink pointer-coarse:h-11"
                >
                  {place.name}
                </Link>
              </li>
            ))}
          </ul>
        </div>
      ))}
    </nav>
  )
}

interface SettingProps {
  path: string
  me: Me
  workspace: Workspace | undefined
}

function Setting({ path, me, workspace }: SettingProps) {
  switch (path) {
    case SETTINGS_PATHS.profile:
      return <Profile me={me} />
    case SETTINGS_PATHS.devices:
      return <Devices />
    case SETTINGS_PATHS.keys:
      return (
        <Keys
          owner={{ kind: 'me' }}
          about="A program that has one acts as you, within what the key is good for. It sends the key in the Authorization header."
          roles={[]}
        />
      )
    default:
      return workspace === undefined ? (
        <NotYours />
      ) : (
        <WorkspaceSetting key={workspace.id} path={path} me={me} workspace={workspace} />
      )
  }
}

function WorkspaceSetting({ path, me, workspace }: SettingProps & { workspace: Workspace }) {
  const tree = usePageTree().data ?? []
  const pageName = (id: string) => {
    const page = pathTo(tree, id).at(-1)
    return page && `“${titleOf(page)}”`
  }

  switch (path) {
    case SETTINGS_PATHS.workspace:
      return <WorkspaceSettings workspace={workspace} />
    case SETTINGS_PATHS.members:
      return (
        <>
          <Members workspace={workspace} me={me.id} />
          {mayInWorkspace(workspace.role, 'inviteMember') && <Invitations workspace={workspace} />}
        </>
      )
    case SETTINGS_PATHS.serviceKeys:
      if (!mayInWorkspace(workspace.role, 'manageKey')) return <NotYours />
      return (
        <Keys
          owner={{ kind: 'workspace', workspace: workspace.id }}
          about="A program that has one is a member of its own, with its own name and role."
          roles={assignable('admin')}
        />
      )
    case SETTINGS_PATHS.audit:
      if (!mayInWorkspace(workspace.role, 'readAudit')) return <NotYours />
      return <Audit workspace={workspace} nameOf={pageName} />
    default:
      return <NotYours />
  }
}

function NotYours() {
  return (
    <Message icon={FileX2} title="There is nothing to set here">
      The address may be wrong, or what it leads to is for others.
    </Message>
  )
}
