import { useState } from 'react'

import { Button } from '../../ui/Button'
import { Form } from '../../ui/Form'
import { navigate } from '../../ui/location'
import { PasswordField } from '../../ui/PasswordField'
import { TextLink } from '../../ui/TextLink'
import { useFormProblem } from '../problems/useFormProblem'
import { AccountCard } from './AccountCard'
import { useResetPassword } from './changes'
import { linkToken } from './linkToken'
import { FORGOT_PASSWORD_PATH, RESET_PASSWORD_PATH, SIGN_IN_PATH } from './paths'
import { MIN_PASSWORD_CHARS, PASSWORD_HINT } from './words'

/** Chooses a new password with a link from a mail. */
export function ResetPassword() {
  const [token] = useState(() => linkToken(RESET_PASSWORD_PATH))
  const { mutate: reset, isPending, isSuccess, error } = useResetPassword()
  const problem = useFormProblem(error)

  if (isSuccess) {
    return (
      <AccountCard title="Your password is changed" about="You were signed out everywhere. Sign in with the new one.">
        <Button kind="primary" isWide onClick={() => navigate(SIGN_IN_PATH)}>
          Sign in
        </Button>
      </AccountCard>
    )
  }
  if (token === undefined) {
    return (
      <AccountCard title="This link is not complete" about="Open the link in the mail again, or ask for another one.">
        <Button kind="primary" isWide onClick={() => navigate(FORGOT_PASSWORD_PATH)}>
          Ask for another link
        </Button>
      </AccountCard>
    )
  }
  return (
    <AccountCard
      title="Choose a new password"
      about="You are signed out everywhere else when it is changed."
      footer={<TextLink href={FORGOT_PASSWORD_PATH}>Ask for another link</TextLink>}
    >
      <Form {...problem} onSubmit={(values) => isPending || reset({ token, password: String(values.get('password')) })}>
        <PasswordField
          name="password"
          label="New password"
          autoComplete="new-password"
          minLength={MIN_PASSWORD_CHARS}
          hint={PASSWORD_HINT}
        />
        <Button kind="primary" type="submit" isWide isBusy={isPending}>
          Change the password
        </Button>
      </Form>
    </AccountCard>
  )
}
