import { Ellipsis, PencilLine, Trash2 } from 'lucide-react'
import { useState } from 'react'

import { Menu, type MenuItem } from '../../ui/Menu'
import { useDeleteVersion } from './changes'
import type { Version } from './queries'
import { VersionDialog } from './VersionDialog'
import { versionName } from './words'

/** What can be done with a version. */
export function VersionMenu({ room, version }: { room: string; version: Version }) {
  const [isNaming, setIsNaming] = useState(false)
  const { mutate: remove } = useDeleteVersion(room)
  const items: MenuItem[] = [
    { label: version.name ? 'Rename…' : 'Name…', icon: PencilLine, onSelect: () => setIsNaming(true) },
    { label: 'Delete', icon: Trash2, onSelect: () => remove(version), isDangerous: true },
  ]

  return (
    <>
      <Menu label={`More about ${versionName(version)}`} items={items}>
        <Ellipsis className="size-4" aria-hidden />
      </Menu>
      {isNaming && <VersionDialog room={room} seq={version.seq} version={version} onClose={() => setIsNaming(false)} />}
    </>
  )
}
