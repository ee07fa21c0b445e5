import { ButtonLink } from '../../ui/Button'
import { SIGNED_IN_PATH } from './paths'
import type { SignInOptions } from './queries'
import { rememberReturn } from './returning'

interface ProviderButtonsProps {
  providers: SignInOptions['providers']
  /** Where to go on once it has worked. */
  returnTo: string
}

/** The other services one can sign in with. */
export function ProviderButtons({ providers, returnTo }: ProviderButtonsProps) {
  if (providers.length === 0) return null
  return (
    <>
      <p className="flex items-center gap-3 text-ink-faint text-xs before:h-px before:flex-1 before:bg-line after:h-px after:flex-1 after:bg-line">
        or
      </p>
      {providers.map(({ id, name }) => (
        <ButtonLink
          key={id}
          isWide
          href={`/api/v1/auth/oauth/${encodeURIComponent(id)}/start?return_to=${encodeURIComponent(SIGNED_IN_PATH)}`}
          onClick={() => rememberReturn(returnTo)}
        >
          Continue with {name}
        </ButtonLink>
      ))}
    </>
  )
}
