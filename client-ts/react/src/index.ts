export { ClientProvider, useClient } from './ClientProvider'
export { useRoom } from './useRoom'
export { usePeers, useSaved, useSaveState, useSnapshot, useStatus } from './useRoomState'
export { useY } from './useY'
