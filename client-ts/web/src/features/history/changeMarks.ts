import { type AnyExtension, Extension, Mark } from '@tiptap/core'

import { minuteOf } from '../../ui/dates'
import type { Author } from './queries'

/** What the server says of a piece of content that is only at one of two points. */
interface Change {
  kind: 'inserted' | 'deleted'
  author: string | null
  at: string | null
}

/** The colour of whoever is not known. */
const UNKNOWN_COLOR = '#7a776f'

/** Lets the schema of a page show who inserted and deleted what. */
export function changeExtensions(authors: readonly Author[]): AnyExtension[] {
  const known = new Map(authors.map((author) => [author.id, author]))
  const shown = (change: Change) => attributesOf(change, known.get(change.author ?? ''))
  return [changeMark(shown), blockChanges(shown)]
}

type Shown = (change: Change) => Record<string, string>

function changeMark(shown: Shown): AnyExtension {
  return Mark.create({
    name: 'change',
    // Outside of all other marks, so that one line goes through what is bold and what is not.
    priority: 2000,
    addAttributes: () => ({ kind: { default: 'inserted' }, author: { default: null }, at: { default: null } }),
    renderHTML: ({ mark }) => [mark.attrs.kind === 'deleted' ? 'del' : 'ins', shown(mark.attrs as Change), 0],
  })
}

function blockChanges(shown: Shown): AnyExtension {
  return Extension.create({
    name: 'blockChanges',
    addGlobalAttributes: () => [
      {
        types: 'nodes',
        attributes: {
          change: {
            default: null,
            renderHTML: ({ change }) => (isChange(change) ? { 'data-change': change.kind, ...shown(change) } : {}),
          },
        },
      },
    ],
  })
}

/** Says in words what colour and line say. */
function attributesOf({ kind, at }: Change, author: Author | undefined): Record<string, string> {
  const name = author?.name ?? 'somebody'
  const when = at === null ? '' : `, ${minuteOf(at)}`
  return {
    class: 'change',
    style: `--author: ${author?.color ?? UNKNOWN_COLOR}`,
    title: `${kind === 'deleted' ? 'Deleted' : 'Inserted'} by ${name}${when}`,
  }
}

function isChange(value: unknown): value is Change {
  return typeof value === 'object' && value !== null && 'kind' in value
}
