import { ChevronsUpDown, Plus, Settings, UserPlus } from 'lucide-react'
import { lazy, Suspense, useState } from 'react'

import { navigate } from '../../ui/location'
import { Menu, type MenuItem } from '../../ui/Menu'
import { mayInWorkspace } from '../access/roles'
import { chooseWorkspace } from './current'
import { useWorkspace, useWorkspaces } from './queries'

const NewWorkspaceDialog = lazy(() =>
  import('./NewWorkspaceDialog').then(({ NewWorkspaceDialog }) => ({ default: NewWorkspaceDialog })),
)

interface WorkspaceSwitcherProps {
  /** Where the settings of the workspace are, and its members. */
  settingsPath: string
  membersPath: string
}

/** The name of the workspace one is in, and the ways to others. */
export function WorkspaceSwitcher({ settingsPath, membersPath }: WorkspaceSwitcherProps) {
  const [isMaking, setIsMaking] = useState(false)
  const { data: current, isSuccess } = useWorkspace()
  const { data: all = [] } = useWorkspaces()

  const items: MenuItem[] = [
    ...all.map(({ id, name }) => ({
      label: name,
      isChosen: id === current?.id,
      onSelect: () => {
        if (id === current?.id) return
        chooseWorkspace(id)
        navigate('/')
      },
    })),
    ...(current === undefined
      ? []
      : [
          { label: 'Workspace settings', icon: Settings, beginsGroup: true, onSelect: () => navigate(settingsPath) },
          {
            label: mayInWorkspace(current.role, 'inviteMember') ? 'Invite people' : 'Members',
            icon: UserPlus,
            onSelect: () => navigate(membersPath),
          },
        ]),
    { label: 'New workspace…', icon: Plus, onSelect: () => setIsMaking(true) },
  ]

  return (
    <>
      <Menu label={`Workspace ${current?.name ?? ''}`} items={items} isRow align="start">
        <img src="/favicon.svg" alt="" className="size-6 shrink-0" />
        <span className="min-w-0 truncate font-semibold">{current?.name ?? (isSuccess ? 'Gala' : '\u00a0')}</span>
        <ChevronsUpDown className="ml-auto size-4 shrink-0 text-ink-faint" aria-hidden />
      </Menu>
      {isMaking && (
        <Suspense>
          <NewWorkspaceDialog onClose={() => setIsMaking(false)} />
        </Suspense>
      )}
    </>
  )
}
