import { Moon, Plus, Search, Sun, Trash2 } from 'lucide-react'
import type { ReactNode } from 'react'

import { mayInWorkspace, type Role } from '../features/access/roles'
import { type Me, useMe } from '../features/accounts/me'
import { UserMenu } from '../features/accounts/UserMenu'
import { useCreatePage } from '../features/pages/changes'
import { PageTree } from '../features/pages/PageTree'
import { pageAt, pagePath, TRASH_PATH } from '../features/pages/paths'
import { useWorkspace } from '../features/workspaces/queries'
import { WorkspaceSwitcher } from '../features/workspaces/WorkspaceSwitcher'
import { IconButton } from '../ui/IconButton'
import { Link } from '../ui/Link'
import { navigate, usePath } from '../ui/location'
import { chooseTheme, useTheme } from '../ui/theme'
import { SETTINGS_PATHS } from './settingsPaths'

/** The pages of the workspace and the ways around in it. */
export function Sidebar({ onSearch }: { onSearch: () => void }) {
  const path = usePath()
  const { data: workspace, isSuccess } = useWorkspace()
  const isNowhere = isSuccess && workspace === undefined

  return (
    <>
      <div className="shrink-0 px-2 pt-1 pb-1">
        <WorkspaceSwitcher settingsPath={SETTINGS_PATHS.workspace} membersPath={SETTINGS_PATHS.members} />
      </div>
      {isNowhere ? <div className="flex-1" /> : <InWorkspace path={path} role={workspace?.role} onSearch={onSearch} />}
      <div className="shrink-0 border-line border-t p-2">
        {!isNowhere && <TrashLink path={path} />}
        <Foot />
      </div>
    </>
  )
}

/** What there is in a workspace. */
function InWorkspace({ path, role, onSearch }: { path: string; role: Role | undefined; onSearch: () => void }) {
  const create = useCreatePage()
  const addPage = () => create.mutate({ parent: null }, { onSuccess: (page) => navigate(pagePath(page.id)) })

  return (
    <>
      <div className="px-2">
        <SidebarButton icon={<Search className="size-4" aria-hidden />} onClick={onSearch}>
          Search
          <kbd className="ml-auto font-sans text-ink-faint text-xs pointer-coarse:hidden">{shortcut}</kbd>
        </SidebarButton>
        {mayInWorkspace(role, 'createPage') && (
          <SidebarButton icon={<Plus className="size-4" aria-hidden />} onClick={addPage}>
            New page
          </SidebarButton>
        )}
      </div>
      <Pages path={path} />
    </>
  )
}

function TrashLink({ path }: { path: string }) {
  return (
    <Link
      href={TRASH_PATH}
      aria-current={path === TRASH_PATH ? 'page' : undefined}
      className="flex h-8 items-center gap-2.5 rounded-md px-2 text-ink-soft text-sm hover:bg-hover aria-[current=page]:bg-press aria-[current=page]:text-ink pointer-coarse:h-11"
    >
      <Trash2 className="size-4 text-ink-faint" aria-hidden />
      Trash
    </Link>
  )
}

/** What a guest is shown beside a page: those below it. */
export function GuestSidebar() {
  const path = usePath()
  return (
    <>
      <div className="flex h-12 shrink-0 items-center gap-2.5 px-4">
        <img src="/favicon.svg" alt="Gala" className="size-6" />
      </div>
      <Pages path={path} />
      <div className="shrink-0 border-line border-t p-2">
        <Foot />
      </div>
    </>
  )
}

function Pages({ path }: { path: string }) {
  return (
    <nav aria-label="Pages" className="min-h-0 flex-1 overflow-y-auto px-2 pt-4 pb-4">
      <h2 className="px-2 pb-1 font-medium text-ink-faint text-xs">Pages</h2>
      <PageTree currentId={pageAt(path)} />
    </nav>
  )
}

const shortcut = /Mac|iPhone|iPad/.test(navigator.userAgent) ? '⌘K' : 'Ctrl K'

interface SidebarButtonProps {
  icon: ReactNode
  onClick: () => void
  children: ReactNode
}

function SidebarButton({ icon, onClick, children }: SidebarButtonProps) {
  return (
    <button
      type="button"
      className="flex h-8 w-full items-center gap-2.5 rounded-md px-2 text-left text-ink-soft text-sm transition-colors hover:bg-hover active:bg-press pointer-coarse:h-11"
      onClick={onClick}
    >
      <span className="text-ink-faint">{icon}</span>
      {children}
    </button>
  )
}

/** Who one is, and the colours. */
function Foot() {
  const me = useMe().data
  return (
    <div className="flex h-11 items-center gap-1">
      <div className="min-w-0 flex-1">{me !== undefined && <Who me={me} />}</div>
      <ThemeButton />
    </div>
  )
}

function Who({ me }: { me: Me }) {
  if (me.kind === 'user') return <UserMenu me={me} paths={SETTINGS_PATHS} />
  return <p className="truncate px-2 text-ink-soft text-sm">{me.name}</p>
}

/** Changes between light and dark. */
export function ThemeButton() {
  const theme = useTheme()
  const other = theme === 'dark' ? 'light' : 'dark'
  return (
    <IconButton label={`Switch to ${other} colours`} onClick={() => chooseTheme(other)}>
      {theme === 'dark' ? <Sun className="size-4" aria-hidden /> : <Moon className="size-4" aria-hidden />}
    </IconButton>
  )
}
