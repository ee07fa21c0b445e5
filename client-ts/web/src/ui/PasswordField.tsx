import { Eye, EyeOff } from 'lucide-react'
import { type ReactNode, useState } from 'react'

import { FIELD_LOOK, FieldFrame } from './Field'
import { IconButton } from './IconButton'

interface PasswordFieldProps {
  name: string
  label: string
  hint?: ReactNode
  /** Tells password managers whether to fill one in or to make one. */
  autoComplete: 'current-password' | 'new-password'
  minLength?: number
}

/** A password, which can be looked at. */
export function PasswordField({ name, label, hint, autoComplete, minLength }: PasswordFieldProps) {
  const [isShown, setIsShown] = useState(false)
  const Icon = isShown ? EyeOff : Eye

  return (
    <FieldFrame name={name} label={label} hint={hint}>
      {(wiring) => (
        <div className="relative">
          <input
            type={isShown ? 'text' : 'password'}
            autoComplete={autoComplete}
            autoCapitalize="none"
            spellCheck={false}
            required
            minLength={minLength}
            className={`${FIELD_LOOK} pr-11`}
            {...wiring}
          />
          <IconButton
            label={isShown ? 'Hide the password' : 'Show the password'}
            aria-pressed={isShown}
            className="absolute inset-y-0 right-1 my-auto aria-pressed:bg-transparent"
            onClick={() => setIsShown(!isShown)}
          >
            <Icon className="size-4" aria-hidden />
          </IconButton>
        </div>
      )}
    </FieldFrame>
  )
}
