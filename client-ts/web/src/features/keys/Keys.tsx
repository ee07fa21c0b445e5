import { KeyRound } from 'lucide-react'
import { type ReactNode, useState } from 'react'

import { Badge } from '../../ui/Badge'
import { Button } from '../../ui/Button'
import { ConfirmDialog } from '../../ui/ConfirmDialog'
import { dayOf } from '../../ui/dates'
import { Loaded } from '../../ui/Loaded'
import { Row, Rows } from '../../ui/Rows'
import { Section } from '../../ui/Section'
import type { Role } from '../access/roles'
import { ROLE_NAMES, SCOPE_NAMES } from '../access/words'
import { failureWords } from '../problems/words'
import { CreateKey } from './CreateKey'
import { type ApiKey, type CreatedApiKey, type KeyOwner, useKeys, useRevokeKey } from './queries'
import { ShownKey } from './ShownKey'

interface KeysProps {
  owner: KeyOwner
  about: ReactNode
  /** What services may become; empty for keys that act for oneself. */
  roles: readonly Role[]
}

/** The keys somebody has given to programs, and the way to make another one. */
export function Keys({ owner, about, roles }: KeysProps) {
  const [made, setMade] = useState<CreatedApiKey>()
  const [isMaking, setIsMaking] = useState(false)
  const { data: keys, error, refetch } = useKeys(owner)

  return (
    <Section about={about}>
      {made !== undefined && <ShownKey made={made} onDone={() => setMade(undefined)} />}
      {isMaking ? (
        <CreateKey
          owner={owner}
          roles={roles}
          onCancel={() => setIsMaking(false)}
          onMade={(key) => {
            setMade(key)
            setIsMaking(false)
          }}
        />
      ) : (
        <div>
          <Button onClick={() => setIsMaking(true)}>New key…</Button>
        </div>
      )}
      <Loaded failure={keys === undefined && error !== null ? failureWords(error) : undefined} onRetry={refetch}>
        {keys &&
          (keys.length === 0 ? (
            <p className="text-ink-faint text-sm">There are no keys.</p>
          ) : (
            <Rows label="Keys">
              {keys.map((key) => (
                <KeyRow key={key.id} owner={owner} apiKey={key} />
              ))}
            </Rows>
          ))}
      </Loaded>
    </Section>
  )
}

function KeyRow({ owner, apiKey }: { owner: KeyOwner; apiKey: ApiKey }) {
  const [isAsking, setIsAsking] = useState(false)
  const { mutate: revoke, isPending, error } = useRevokeKey(owner)
  const uses = [
    apiKey.role && ROLE_NAMES[apiKey.role],
    apiKey.scopes.map((scope) => SCOPE_NAMES[scope].name).join(', '),
    apiKey.expires_at ? `until ${dayOf(apiKey.expires_at)}` : 'without end',
    apiKey.last_used_at ? `last used ${dayOf(apiKey.last_used_at)}` : 'never used',
  ]

  return (
    <Row
      icon={<KeyRound className="size-4 shrink-0 text-ink-faint" aria-hidden />}
      title={
        <>
          <span className="truncate">{apiKey.name}</span>
          <Badge>
            <code className="font-mono">{apiKey.prefix}…</code>
          </Badge>
        </>
      }
      detail={uses.filter(Boolean).join(' · ')}
      actions={
        <>
          <Button aria-label={`Revoke ${apiKey.name}`} onClick={() => setIsAsking(true)}>
            Revoke
          </Button>
          {isAsking && (
            <ConfirmDialog
              title={`Revoke “${apiKey.name}”?`}
              action="Revoke it"
              isBusy={isPending}
              failure={error === null ? undefined : failureWords(error)}
              onConfirm={() => revoke({ key: apiKey.id })}
              onClose={() => setIsAsking(false)}
            >
              Whatever uses it is stopped at once, and its connections are closed.
            </ConfirmDialog>
          )}
        </>
      }
    />
  )
}
