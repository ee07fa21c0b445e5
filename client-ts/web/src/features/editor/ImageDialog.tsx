import type { FormEvent } from 'react'

import { Button } from '../../ui/Button'
import { Dialog } from '../../ui/Dialog'

interface ImageDialogProps {
  onInsert: (image: { src: string; alt: string }) => void
  onClose: () => void
}

/** Asks for the address of an image and for what it shows. */
export function ImageDialog({ onInsert, onClose }: ImageDialogProps) {
  const insert = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const form = new FormData(event.currentTarget)
    onInsert({ src: String(form.get('src')), alt: String(form.get('alt')) })
  }

  return (
    <Dialog label="Insert an image" onClose={onClose}>
      <form className="flex flex-col gap-4 p-5" onSubmit={insert}>
        <h2 className="font-semibold text-lg tracking-tight">Insert an image</h2>
        <Field label="Address" name="src" type="url" pattern="https?://.+" placeholder="https://" required />
        <Field label="What it shows" name="alt" type="text" placeholder="For those who cannot see it" />
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button kind="primary" type="submit">
            Insert
          </Button>
        </div>
      </form>
    </Dialog>
  )
}

interface FieldProps {
  label: string
  name: string
  type: 'url' | 'text'
  placeholder: string
  pattern?: string
  required?: boolean
}

function Field({ label, ...input }: FieldProps) {
  return (
    <label className="flex flex-col gap-1.5 font-medium text-sm">
      {label}
      <input
        className="h-10 rounded-md border border-line-strong bg-canvas px-3 font-normal outline-none placeholder:text-ink-faint focus:border-accent pointer-coarse:h-11"
        {...input}
      />
    </label>
  )
}
