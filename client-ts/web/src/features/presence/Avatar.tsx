import type { Principal } from '@gala/client'

/** A person as a coloured disc with initials. */
export function Avatar({ person }: { person: Pick<Principal, 'name' | 'color'> }) {
  return (
    <span
      role="img"
      aria-label={person.name}
      title={person.name}
      className="inline-flex size-7 shrink-0 items-center justify-center rounded-full font-semibold text-[0.6875rem] text-white ring-2 ring-canvas"
      style={{ backgroundColor: person.color }}
    >
      {initials(person.name)}
    </span>
  )
}

function initials(name: string): string {
  const words = name.split(/\s+/).filter((word) => word !== '')
  return words
    .slice(0, 2)
    .map((word) => [...word][0] ?? '')
    .join('')
    .toUpperCase()
}
