import { Badge } from '../../ui/Badge'
import { Button } from '../../ui/Button'
import { TextField } from '../../ui/Field'
import { Form } from '../../ui/Form'
import { notify } from '../../ui/notices'
import { PasswordField } from '../../ui/PasswordField'
import { Section } from '../../ui/Section'
import { useFormProblem } from '../problems/useFormProblem'
import { failureWords } from '../problems/words'
import { useChangePassword, useRequestVerification, useUpdateMe } from './changes'
import type { Me } from './me'
import { MAX_NAME_CHARS, MIN_PASSWORD_CHARS, PASSWORD_HINT } from './words'

/** What somebody is called, where their mail goes, and their password. */
export function Profile({ me }: { me: Me }) {
  return (
    <>
      <Section title="Name">
        <Name me={me} />
      </Section>
      <Section title="E-mail" about="You sign in with it, and it is where a forgotten password is mended.">
        <Address me={me} />
      </Section>
      <Section
        title="Password"
        about={
          me.has_password === false
            ? 'You sign in with another service. With a password you can sign in here as well.'
            : 'When it is changed, every other device is signed out.'
        }
      >
        <Password me={me} />
      </Section>
    </>
  )
}

function Name({ me }: { me: Me }) {
  const { mutate: update, isPending, error } = useUpdateMe()
  const send = (values: FormData) => {
    if (isPending) return
    const name = String(values.get('name')).trim()
    update({ name }, { onSuccess: () => notify({ text: 'Your name is changed', isError: false }) })
  }

  return (
    <Form {...useFormProblem(error)} className={FORM_LOOK} onSubmit={send}>
      <div className="w-full">
        <TextField
          key={me.name}
          name="name"
          label="Your name"
          defaultValue={me.name}
          autoComplete="name"
          maxLength={MAX_NAME_CHARS}
          required
          hint="Others see it beside what you write."
        />
      </div>
      <Button type="submit" isBusy={isPending}>
        Change the name
      </Button>
    </Form>
  )
}

function Address({ me }: { me: Me }) {
  const { mutate: request, isPending, isSuccess, error } = useRequestVerification()
  return (
    <div className="flex flex-col items-start gap-3 text-sm">
      <p className="flex max-w-full flex-wrap items-center gap-2">
        <span className="truncate">{me.email}</span>
        {me.email_verified ? <Badge tone="good">Verified</Badge> : <Badge tone="warning">Not verified</Badge>}
      </p>
      {!me.email_verified && !isSuccess && (
        <Button isBusy={isPending} onClick={() => request()}>
          Send the mail again
        </Button>
      )}
      <p role="status" className="text-ink-soft empty:hidden">
        {isSuccess ? 'A mail with a link is on its way.' : ''}
        {error !== null ? failureWords(error) : ''}
      </p>
    </div>
  )
}

function Password({ me }: { me: Me }) {
  const { mutate: change, isPending, error, reset } = useChangePassword()
  const problem = useFormProblem(error)
  const send = (values: FormData, form: HTMLFormElement) => {
    if (isPending) return
    const current = values.get('current_password')
    change(
      { current_password: current === null ? null : String(current), new_password: String(values.get('new_password')) },
      {
        onSuccess: () => {
          form.reset()
          reset()
          notify({ text: 'Your password is changed', isError: false })
        },
      },
    )
  }

  return (
    <Form {...problem} className={FORM_LOOK} onSubmit={send}>
      {/* For password managers: whose password it is. */}
      <input type="text" name="username" autoComplete="username" readOnly hidden value={me.email ?? ''} />
      <div className="flex w-full flex-col gap-4">
        {me.has_password !== false && (
          <PasswordField name="current_password" label="Present password" autoComplete="current-password" />
        )}
        <PasswordField
          name="new_password"
          label="New password"
          autoComplete="new-password"
          minLength={MIN_PASSWORD_CHARS}
          hint={PASSWORD_HINT}
        />
      </div>
      <Button type="submit" isBusy={isPending}>
        Change the password
      </Button>
    </Form>
  )
}

const FORM_LOOK = 'flex max-w-sm flex-col items-start gap-4'
