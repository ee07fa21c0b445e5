import { Link2 } from 'lucide-react'
import { useState } from 'react'

import { Button } from '../../ui/Button'
import { CopyButton } from '../../ui/CopyButton'
import { CopyField } from '../../ui/CopyField'
import { dayOf } from '../../ui/dates'
import { Form } from '../../ui/Form'
import { Loaded } from '../../ui/Loaded'
import { Row, Rows } from '../../ui/Rows'
import { Section } from '../../ui/Section'
import { SelectField } from '../../ui/Select'
import { expiryOf, LIFETIME_NAMES, type Lifetime } from '../access/expiry'
import type { Access } from '../access/roles'
import { ACCESS_NAMES, optionsOf } from '../access/words'
import { failureWords } from '../problems/words'
import { type ShareLink, useCreateShareLink, useRevokeShareLink, useShareLinks } from './queries'
import type { SharingPart } from './ShareDialog'

const ACCESSES = ['read', 'comment', 'write'] as const

/** The links by which people without an account enter a page. */
export function ShareLinks(part: SharingPart) {
  const { data: links, error, refetch } = useShareLinks(part.page.id)
  return (
    <Section
      title="Links"
      about="Whoever has one gets to this page and those below it without an account, and to nothing else."
    >
      <NewLink links={links} {...part} />
      <Loaded failure={links === undefined && error !== null ? failureWords(error) : undefined} onRetry={refetch}>
        {links &&
          (links.length === 0 ? (
            <p className="text-ink-faint text-sm">There are no links to this page.</p>
          ) : (
            <Rows label="Links">
              {links.map((link) => (
                <LinkRow key={link.id} link={link} {...part} />
              ))}
            </Rows>
          ))}
      </Loaded>
    </Section>
  )
}

function NewLink({ links, page, onFailure }: SharingPart & { links: readonly ShareLink[] | undefined }) {
  const { mutate: create, isPending, data: made } = useCreateShareLink(page.id)
  const [access, setAccess] = useState<Access>('read')
  const [lifetime, setLifetime] = useState<Lifetime>('30')

  return (
    <>
      <Form
        className="grid items-end gap-3 sm:grid-cols-[1fr_1fr_auto]"
        onSubmit={() =>
          isPending ||
          create(
            { access, expires_at: expiryOf(lifetime, Date.now()) },
            { onError: (error) => onFailure('The link could not be made', error) },
          )
        }
      >
        <SelectField
          name="access"
          label="Whoever has it"
          value={access}
          options={optionsOf(ACCESS_NAMES, ACCESSES)}
          onChoose={setAccess}
        />
        <SelectField
          name="expires_at"
          label="Good for"
          value={lifetime}
          options={optionsOf(LIFETIME_NAMES, ['1', '7', '30', '90', 'never'])}
          onChoose={setLifetime}
        />
        <Button type="submit" isBusy={isPending}>
          Make a link
        </Button>
      </Form>
      {made !== undefined && links?.some(({ id }) => id === made.id) && (
        <div ref={(shown) => shown?.scrollIntoView({ block: 'nearest' })}>
          <CopyField label="The new link" value={made.url} />
        </div>
      )}
    </>
  )
}

function LinkRow({ link, page, onFailure }: SharingPart & { link: ShareLink }) {
  const { mutate: revoke, isPending } = useRevokeShareLink(page.id)
  const until = link.expires_at ? `until ${dayOf(link.expires_at)}` : 'until it is revoked'
  const what = `${ACCESS_NAMES[link.access]}, ${until}`

  return (
    <Row
      icon={<Link2 className="size-4 shrink-0 text-ink-faint" aria-hidden />}
      title={<span className="truncate">{ACCESS_NAMES[link.access]}</span>}
      detail={`Made ${dayOf(link.created_at)} · ${until}`}
      actions={
        <>
          <CopyButton label={`Copy the link: ${what}`} value={link.url} />
          <Button
            aria-label={`Revoke the link: ${what}`}
            isBusy={isPending}
            onClick={() =>
              revoke({ link: link.id }, { onError: (error) => onFailure('The link could not be revoked', error) })
            }
          >
            Revoke
          </Button>
        </>
      }
    />
  )
}
