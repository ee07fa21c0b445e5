import { type ReactNode, useId } from 'react'

import { Button } from './Button'
import { Dialog } from './Dialog'
import { TextField } from './Field'
import { Form } from './Form'

interface ConfirmDialogProps {
  title: string
  /** What will happen. */
  children: ReactNode
  /** What the button says that does it. */
  action: string
  onConfirm: () => void
  onClose: () => void
  isBusy?: boolean
  failure?: string | undefined
  /** What has to be typed before it is done: for what cannot be undone. */
  typed?: string
}

/** Asks before something is done that is not easily undone. */
export function ConfirmDialog({ title, children, action, onConfirm, onClose, typed, ...state }: ConfirmDialogProps) {
  const words = useId()
  return (
    <Dialog label={title} describedBy={words} onClose={onClose}>
      <Form
        failure={state.failure}
        className="flex flex-col gap-4 p-5"
        onSubmit={(values) => {
          const isMeant = typed === undefined || values.get('typed') === typed
          if (isMeant && state.isBusy !== true) onConfirm()
        }}
      >
        <h2 className="font-semibold text-lg tracking-tight">{title}</h2>
        <div id={words} className="text-ink-soft text-sm leading-relaxed">
          {children}
        </div>
        {typed !== undefined && (
          <TextField
            name="typed"
            label={`Type “${typed}” to confirm`}
            autoComplete="off"
            spellCheck={false}
            required
            pattern={literally(typed)}
            title={`“${typed}”, letter for letter`}
          />
        )}
        <div className="flex flex-wrap justify-end gap-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button kind="danger" type="submit" {...(state.isBusy === undefined ? {} : { isBusy: state.isBusy })}>
            {action}
          </Button>
        </div>
      </Form>
    </Dialog>
  )
}

/** A pattern that only this text answers to. */
function literally(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')
}
