import { Section } from '../../ui/Section'
import { Select } from '../../ui/Select'
import type { Level } from '../access/roles'
import { LEVEL_NAMES, optionsOf } from '../access/words'
import { type Sharing, useSetMembersLevel } from './queries'
import type { SharingPart } from './ShareDialog'
import { usePageName } from './usePageName'

/** Stands in the list for saying nothing, so that what stands above counts. */
const INHERIT = 'inherit'

/** What all members may do on a page. */
export function MembersLevel({ page, sharing, onFailure }: SharingPart & { sharing: Sharing }) {
  const { mutate: set, isPending, variables } = useSetMembersLevel(page.id)
  const nameOf = usePageName()

  const above = sharing.inherited_from
    ? `As on ${nameOf(sharing.inherited_from)}${sharing.inherited_members ? `: ${LEVEL_NAMES[sharing.inherited_members].toLowerCase()}` : ''}`
    : 'By their role in the workspace'
  const shown = (isPending ? variables.members : sharing.members) ?? INHERIT

  return (
    <Section title="All members" about="Owners and admins of the workspace always get in.">
      <Select<Level | typeof INHERIT>
        aria-label="All members"
        value={shown}
        options={[{ value: INHERIT, label: above }, ...optionsOf<Level>(LEVEL_NAMES)]}
        onChoose={(level) =>
          set(
            { members: level === INHERIT ? null : level },
            { onError: (error) => onFailure('This could not be changed', error) },
          )
        }
      />
    </Section>
  )
}
