import { useMemo, useSyncExternalStore } from 'react'

/** Any shared type of Yjs. */
interface SharedType<Json> {
  toJSON(): Json
  observeDeep(listener: () => void): void
  unobserveDeep(listener: () => void): void
}

/**
 * A shared type as plain JSON, read anew at most once per animation frame however often it
 * changes: a hundred remote keystrokes in a frame are one render.
 */
export function useY<Json>(type: SharedType<Json>): Json {
  const projection = useMemo(() => project(type), [type])
  return useSyncExternalStore(projection.subscribe, projection.read, projection.read)
}

function project<Json>(type: SharedType<Json>) {
  let json = type.toJSON()
  return {
    read: () => json,
    subscribe(changed: () => void) {
      let frame = 0
      const refresh = () => {
        frame = 0
        json = type.toJSON()
        changed()
      }
      const schedule = () => {
        if (frame === 0) frame = requestAnimationFrame(refresh)
      }
      // It may have changed between the first read and now.
      schedule()
      type.observeDeep(schedule)
      return () => {
        type.unobserveDeep(schedule)
        cancelAnimationFrame(frame)
      }
    },
  }
}
