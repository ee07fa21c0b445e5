import { Button, ButtonLink } from '../../ui/Button'
import { minuteOf } from '../../ui/dates'
import { Loaded } from '../../ui/Loaded'
import { Section } from '../../ui/Section'
import { failureWords } from '../problems/words'
import { AUDIT_WORDS, aboutEvent, actorOf, type NameOf } from './auditWords'
import { useMembers } from './members'
import type { Workspace } from './queries'
import { type AuditEvent, useAudit } from './useAudit'

interface AuditProps {
  workspace: Workspace
  /** What things are called that are no members, by their ids. */
  nameOf: NameOf
}

/** What has happened in a workspace. */
export function Audit({ workspace, nameOf }: AuditProps) {
  const { data, error, refetch, fetchNextPage, hasNextPage, isFetchingNextPage } = useAudit(workspace.id)
  const members = useMembers(workspace.id).data ?? []
  const names = new Map(members.map(({ id, name }) => [id, name]))
  const known: NameOf = (id) => names.get(id) ?? nameOf(id)

  return (
    <Section about="Nothing in it can be changed or deleted. Each event is bound to all before it by its hash.">
      <div>
        <ButtonLink href={`/api/v1/workspaces/${workspace.id}/audit/export`} download="audit.ndjson">
          Export as JSON lines
        </ButtonLink>
      </div>
      <Loaded failure={data === undefined && error !== null ? failureWords(error) : undefined} onRetry={refetch}>
        {data && (
          <ol aria-label="Events" className="divide-y divide-line border-line border-y">
            {data.pages.flatMap(({ items }) =>
              items.map((event) => <EventRow key={event.seq} event={event} nameOf={known} />),
            )}
          </ol>
        )}
      </Loaded>
      {hasNextPage && (
        <div>
          <Button isBusy={isFetchingNextPage} onClick={() => fetchNextPage()}>
            Show earlier ones
          </Button>
        </div>
      )}
    </Section>
  )
}

function EventRow({ event, nameOf }: { event: AuditEvent; nameOf: NameOf }) {
  const about = aboutEvent(event, nameOf)
  return (
    <li className="flex flex-wrap items-baseline gap-x-3 gap-y-0.5 py-2 text-sm">
      <p className="min-w-[min(16rem,100%)] flex-1">
        <strong className="font-medium">{actorOf(event, nameOf)}</strong> {AUDIT_WORDS[event.action]}
        {about !== '' && <span className="text-ink-soft">: {about}</span>}
      </p>
      <p className="text-ink-faint text-xs" title={`${event.object}, hash ${event.hash}`}>
        {minuteOf(event.at)}
        {event.address !== '' && ` · ${event.address}`}
      </p>
    </li>
  )
}
