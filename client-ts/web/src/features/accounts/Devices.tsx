import { Monitor, Smartphone } from 'lucide-react'
import { useState } from 'react'

import { Badge } from '../../ui/Badge'
import { Button } from '../../ui/Button'
import { ConfirmDialog } from '../../ui/ConfirmDialog'
import { minuteOf } from '../../ui/dates'
import { Loaded } from '../../ui/Loaded'
import { Row, Rows } from '../../ui/Rows'
import { Section } from '../../ui/Section'
import { failureWords, tellFailure } from '../problems/words'
import { useSignOutDevices } from './changes'
import { deviceName, isPhone } from './deviceName'
import { type Device, useDevices } from './queries'

/** Where somebody is signed in. */
export function Devices() {
  const { data: devices, error, refetch } = useDevices()
  const hasOthers = devices?.some((device) => !device.is_current) === true
  return (
    <Section about="Where you are signed in. Signing a device out closes what it has open at once.">
      <Loaded failure={devices === undefined && error !== null ? failureWords(error) : undefined} onRetry={refetch}>
        {devices && (
          <Rows label="Devices">
            {devices.map((device) => (
              <DeviceRow key={device.id} device={device} />
            ))}
          </Rows>
        )}
      </Loaded>
      {hasOthers && <SignOutOthers />}
    </Section>
  )
}

function DeviceRow({ device }: { device: Device }) {
  const { mutate: signOut, isPending } = useSignOutDevices()
  const name = deviceName(device.name)
  const Icon = isPhone(device.name) ? Smartphone : Monitor

  return (
    <Row
      icon={<Icon className="size-4 shrink-0 text-ink-faint" aria-hidden />}
      title={
        <>
          <span className="truncate" title={device.name}>
            {name}
          </span>
          {device.is_current && <Badge tone="good">This device</Badge>}
        </>
      }
      detail={`Last used ${minuteOf(device.last_used_at)} from ${device.address} · signed in ${minuteOf(device.created_at)}`}
      actions={
        !device.is_current && (
          <Button
            aria-label={`Sign out ${name}`}
            isBusy={isPending}
            onClick={() =>
              signOut(
                { device: device.id },
                { onError: (error) => tellFailure('The device could not be signed out', error) },
              )
            }
          >
            Sign out
          </Button>
        )
      }
    />
  )
}

function SignOutOthers() {
  const [isAsking, setIsAsking] = useState(false)
  const { mutate: signOut, isPending, error } = useSignOutDevices()

  return (
    <div>
      <Button onClick={() => setIsAsking(true)}>Sign out all others…</Button>
      {isAsking && (
        <ConfirmDialog
          title="Sign out all other devices?"
          action="Sign them out"
          isBusy={isPending}
          failure={error === null ? undefined : failureWords(error)}
          onConfirm={() => signOut('others', { onSuccess: () => setIsAsking(false) })}
          onClose={() => setIsAsking(false)}
        >
          This one stays signed in. What is not saved on the others is kept there until you sign in on them again.
        </ConfirmDialog>
      )}
    </div>
  )
}
