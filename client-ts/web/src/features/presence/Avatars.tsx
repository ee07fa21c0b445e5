import type { Peer, Principal, Room } from '@gala/client'
import { usePeers } from '@gala/react'

import { Avatar } from './Avatar'

/** Faces shown before the rest is a number. */
const MOST_FACES = 4

/** Who else is in the room. */
export function Avatars({ room }: { room: Room }) {
  const people = distinct(usePeers(room))
  if (people.length === 0) return null
  const faces = people.slice(0, MOST_FACES)
  const others = people.slice(MOST_FACES)

  return (
    <ul aria-label="Also here" className="flex items-center pl-1.5">
      {faces.map((person) => (
        <li key={person.id} className="-ml-1.5">
          <Avatar person={person} />
        </li>
      ))}
      {others.length > 0 && (
        <li
          title={others.map(({ name }) => name).join(', ')}
          className="-ml-1.5 inline-flex size-7 items-center justify-center rounded-full bg-press font-semibold text-[0.6875rem] ring-2 ring-canvas"
        >
          +{others.length}
          <span className="sr-only"> more</span>
        </li>
      )}
    </ul>
  )
}

/** One face for each person, however many tabs they have. */
function distinct(peers: readonly Peer[]): Principal[] {
  return [...new Map(peers.map(({ user }) => [user.id, user])).values()]
}
