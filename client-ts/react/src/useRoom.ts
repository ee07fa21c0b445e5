import type { Room, RoomOptions } from '@gala/client'
import { useCallback, useSyncExternalStore } from 'react'

import { useClient } from './ClientProvider'

/**
 * Holds a room for as long as the component is mounted. Undefined on a server and in the very
 * first render; the room itself is there at once, whether or not it is connected. When the content is
 * erased it is another room from then on, with an empty document.
 */
export function useRoom(id: string, { offline = false }: RoomOptions = {}): Room | undefined {
  const client = useClient()
  const subscribe = useCallback(
    (changed: () => void) => {
      const enter = () => {
        const room = client.room(id, { offline })
        const stopListening = room.on('snapshot', ({ denial }) => {
          if (denial !== 'erased') return
          leave()
          leave = enter()
          changed()
        })
        return () => {
          stopListening()
          room.destroy()
        }
      }
      let leave = enter()
      changed()
      return () => leave()
    },
    [client, id, offline],
  )
  return useSyncExternalStore(
    subscribe,
    () => client.heldRoom(id),
    () => undefined,
  )
}
