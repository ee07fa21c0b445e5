import type { Peer, Room, RoomSnapshot, RoomStatus, SaveState } from '@gala/client'
import { useCallback, useSyncExternalStore } from 'react'

/** How the room is doing, all at once. */
export function useSnapshot(room: Room): RoomSnapshot {
  return useRoomValue(room, 'snapshot', () => room.snapshot)
}

/** Whether the room is connected. */
export function useStatus(room: Room): RoomStatus {
  return useRoomValue(room, 'status', () => room.status)
}

/** True only while the server has committed every edit made here. */
export function useSaved(room: Room): boolean {
  return useRoomValue(room, 'saved', () => room.saved)
}

/** How far the edits made here have come. */
export function useSaveState(room: Room): SaveState {
  return useRoomValue(room, 'saveState', () => room.saveState)
}

/** The others in the room. */
export function usePeers(room: Room): readonly Peer[] {
  return useRoomValue(room, 'peers', () => room.peers)
}

function useRoomValue<Value>(
  room: Room,
  event: 'snapshot' | 'status' | 'saved' | 'saveState' | 'peers',
  read: () => Value,
): Value {
  const subscribe = useCallback((changed: () => void) => room.on(event, changed), [room, event])
  return useSyncExternalStore(subscribe, read, read)
}
