import { Button } from '../../ui/Button'
import { TextField } from '../../ui/Field'
import { Form } from '../../ui/Form'
import { TextLink } from '../../ui/TextLink'
import { useFormProblem } from '../problems/useFormProblem'
import { AccountCard } from './AccountCard'
import { useRequestPasswordReset } from './changes'
import { SIGN_IN_PATH } from './paths'

/** Has a mail sent with which a new password can be chosen. */
export function ForgotPassword() {
  const { mutate: request, isPending, isSuccess, error, variables } = useRequestPasswordReset()
  const problem = useFormProblem(error)
  const back = <TextLink href={SIGN_IN_PATH}>Back to sign-in</TextLink>

  if (isSuccess) {
    return (
      <AccountCard title="Look at your mail" footer={back}>
        {/* Said of every address: nobody learns here who has an account. */}
        <p role="status" className="text-ink-soft text-sm leading-relaxed">
          If there is an account for <strong className="font-medium text-ink">{variables.email}</strong>, a mail with a
          link is on its way. It is good once, and not for long.
        </p>
      </AccountCard>
    )
  }
  return (
    <AccountCard
      title="Choose a new password"
      about="We send you a link with which you can choose another password."
      footer={back}
    >
      <Form {...problem} onSubmit={(values) => isPending || request({ email: String(values.get('email')).trim() })}>
        <TextField name="email" label="E-mail" type="email" autoComplete="username" autoCapitalize="none" required />
        <Button kind="primary" type="submit" isWide isBusy={isPending}>
          Send the link
        </Button>
      </Form>
    </AccountCard>
  )
}
