import { Button } from '../../ui/Button'
import { TextField } from '../../ui/Field'
import { Form } from '../../ui/Form'
import { PasswordField } from '../../ui/PasswordField'
import { useFormProblem } from '../problems/useFormProblem'
import { useRegister } from './changes'
import { MAX_NAME_CHARS, MIN_PASSWORD_CHARS, PASSWORD_HINT, REGISTER_WORDS } from './words'

interface RegisterFormProps {
  onDone: () => void
  /** The token of an invitation, for those who have one. */
  invitation?: string
  /** The address it has to be, for those who are invited by mail. */
  email?: string | undefined
  action?: string
}

/** Makes an account, and signs in to it. */
export function RegisterForm({ onDone, invitation, email, action = 'Create the account' }: RegisterFormProps) {
  const { mutate: register, isPending, isSuccess, error } = useRegister()
  const isBusy = isPending || isSuccess

  const send = (values: FormData) => {
    if (isBusy) return
    const [name, address, password] = ['name', 'email', 'password'].map((field) => String(values.get(field)))
    register(
      {
        name: name ?? '',
        email: address ?? '',
        password: password ?? '',
        ...(invitation === undefined ? {} : { invitation }),
      },
      { onSuccess: onDone },
    )
  }

  return (
    <Form {...useFormProblem(error, REGISTER_WORDS)} onSubmit={send}>
      <TextField
        name="name"
        label="Your name"
        autoComplete="name"
        maxLength={MAX_NAME_CHARS}
        required
        hint="Others see it beside what you write."
      />
      <TextField
        name="email"
        label="E-mail"
        type="email"
        autoComplete="username"
        autoCapitalize="none"
        required
        {...(email === undefined ? {} : { defaultValue: email, readOnly: true })}
      />
      <PasswordField
        name="password"
        label="Password"
        autoComplete="new-password"
        minLength={MIN_PASSWORD_CHARS}
        hint={PASSWORD_HINT}
      />
      <Button kind="primary" type="submit" isWide isBusy={isBusy}>
        {isBusy ? 'Creating the account…' : action}
      </Button>
    </Form>
  )
}
