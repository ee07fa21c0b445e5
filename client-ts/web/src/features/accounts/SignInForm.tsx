import { Button } from '../../ui/Button'
import { TextField } from '../../ui/Field'
import { Form } from '../../ui/Form'
import { PasswordField } from '../../ui/PasswordField'
import { useFormProblem } from '../problems/useFormProblem'
import { useSignIn } from './changes'
import { SIGN_IN_WORDS } from './words'

interface SignInFormProps {
  onDone: () => void
  /** The address it has to be, for those who are invited. */
  email?: string | undefined
  action?: string
}

/** Signs in with a password. */
export function SignInForm({ onDone, email, action = 'Sign in' }: SignInFormProps) {
  const { mutate: signIn, isPending, isSuccess, error } = useSignIn()
  const isBusy = isPending || isSuccess

  return (
    <Form
      {...useFormProblem(error, SIGN_IN_WORDS)}
      onSubmit={(values) => {
        if (isBusy) return
        signIn({ email: String(values.get('email')), password: String(values.get('password')) }, { onSuccess: onDone })
      }}
    >
      <TextField
        name="email"
        label="E-mail"
        type="email"
        autoComplete="username"
        autoCapitalize="none"
        required
        {...(email === undefined ? {} : { defaultValue: email, readOnly: true })}
      />
      <PasswordField name="password" label="Password" autoComplete="current-password" />
      <Button kind="primary" type="submit" isWide isBusy={isBusy}>
        {isBusy ? 'Signing in…' : action}
      </Button>
    </Form>
  )
}
