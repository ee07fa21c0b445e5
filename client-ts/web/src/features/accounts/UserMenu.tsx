import { useClient } from '@gala/react'
import { KeyRound, LogOut, MonitorSmartphone, UserRound } from 'lucide-react'
import { lazy, Suspense, useState } from 'react'
import { navigate } from '../../ui/location'
import { Menu } from '../../ui/Menu'
import { Avatar } from '../presence/Avatar'
import { tellFailure } from '../problems/words'
import type { Me } from './me'
import { useSignOut } from './useSignOut'

const UnsavedDialog = lazy(() => import('./UnsavedDialog').then(({ UnsavedDialog }) => ({ default: UnsavedDialog })))

interface UserMenuProps {
  me: Me
  paths: { profile: string; devices: string; keys: string }
}

/** Who one is here, and what one can do about it. */
export function UserMenu({ me, paths }: UserMenuProps) {
  const client = useClient()
  const { mutate: signOut } = useSignOut()
  const [isAsking, setIsAsking] = useState(false)

  const leave = () => signOut({}, { onError: (error) => tellFailure('You could not be signed out', error) })

  return (
    <>
      <Menu
        label={`Account of ${me.name}`}
        isRow
        align="start"
        items={[
          { label: 'Profile', icon: UserRound, onSelect: () => navigate(paths.profile) },
          { label: 'Devices', icon: MonitorSmartphone, onSelect: () => navigate(paths.devices) },
          { label: 'API keys', icon: KeyRound, onSelect: () => navigate(paths.keys) },
          {
            label: 'Sign out',
            icon: LogOut,
            beginsGroup: true,
            onSelect: () => (client.hasUnsaved ? setIsAsking(true) : leave()),
          },
        ]}
      >
        <Avatar person={me} />
        <span className="min-w-0 flex-1 truncate">{me.name}</span>
      </Menu>
      {isAsking && (
        <Suspense>
          <UnsavedDialog onLeave={leave} onClose={() => setIsAsking(false)} />
        </Suspense>
      )}
    </>
  )
}
