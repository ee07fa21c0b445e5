import { type AnyExtension, Extension, getSchema, Mark, Node } from '@tiptap/core'
import type { Schema } from '@tiptap/pm/model'
import * as Y from 'yjs'

import { pageSchema } from './schema'

/** What a node that this version does not know can hold. */
type Shape = 'text' | 'blocks' | 'inline'

/**
 * What a document holds beyond the schema of this version: written by another client, or by a later
 * version in another tab.
 *
 * The binding between Yjs and ProseMirror deletes, for everybody, whatever the schema does not allow.
 * So the schema is widened by what is found, before the binding sees it.
 */
export class ForeignContent {
  readonly #known: Schema = getSchema(pageSchema)
  readonly #nodes = new Map<string, Shape>()
  readonly #marks = new Set<string>()
  /** Attributes by the name of the node or mark that has them. */
  readonly #attributes = new Map<string, Set<string>>()
  readonly #seen = new WeakSet<object>()

  constructor(fragment: Y.XmlFragment) {
    this.#readElement(fragment)
  }

  /** Reads what a transaction has changed; true if the schema is not wide enough any more. */
  readChanges(transaction: Y.Transaction): boolean {
    const before = this.#size()
    for (const type of transaction.changed.keys()) {
      if (type instanceof Y.XmlText) this.#readText(type)
      else if (type instanceof Y.XmlFragment) this.#readElement(type)
    }
    return this.#size() > before
  }

  /** What the schema has to be widened by. */
  extensions(): AnyExtension[] {
    const nodes = [...this.#nodes].map(([name, shape]) => foreignNode(name, shape))
    const marks = [...this.#marks].map(foreignMark)
    return [...nodes, ...marks, foreignAttributes(this.#attributes)]
  }

  #size(): number {
    const attributes = [...this.#attributes.values()].reduce((sum, names) => sum + names.size, 0)
    return this.#nodes.size + this.#marks.size + attributes
  }

  #readElement(type: Y.XmlFragment): void {
    this.#seen.add(type)
    const isElement = type instanceof Y.XmlElement
    if (isElement) this.#noteAttributes(type.nodeName, Object.keys(type.getAttributes()))
    const children = type.toArray()
    const holdsText = children.some((child) => child instanceof Y.XmlText)
    for (const child of children) {
      if (child instanceof Y.XmlText) {
        if (!this.#seen.has(child)) this.#readText(child)
      } else if (child instanceof Y.XmlElement) {
        this.#noteNode(child, holdsText || (isElement && this.#known.nodes[type.nodeName]?.inlineContent === true))
        if (!this.#seen.has(child)) this.#readElement(child)
      }
    }
  }

  #readText(text: Y.XmlText): void {
    this.#seen.add(text)
    for (const { attributes = {} } of text.toDelta() as { attributes?: Record<string, unknown> }[]) {
      for (const [key, value] of Object.entries(attributes)) {
        const name = markName(key)
        if (this.#known.marks[name] === undefined) this.#marks.add(name)
        this.#noteAttributes(name, typeof value === 'object' && value !== null ? Object.keys(value) : [])
      }
    }
  }

  #noteNode(element: Y.XmlElement, isInline: boolean): void {
    const { nodeName } = element
    if (this.#known.nodes[nodeName] !== undefined || this.#nodes.has(nodeName)) return
    const holdsText = element.toArray().some((child) => child instanceof Y.XmlText)
    this.#nodes.set(nodeName, isInline ? 'inline' : holdsText ? 'text' : 'blocks')
  }

  #noteAttributes(name: string, attributes: readonly string[]): void {
    const known = this.#known.nodes[name]?.spec.attrs ?? this.#known.marks[name]?.spec.attrs ?? {}
    const foreign = attributes.filter((attribute) => !(attribute in known))
    if (foreign.length === 0) return
    this.#attributes.set(name, new Set([...(this.#attributes.get(name) ?? []), ...foreign]))
  }
}

/** Marks that may overlap themselves are stored with a hash after their name. */
function markName(key: string): string {
  return key.replace(/--[a-zA-Z0-9+/=]{8}$/, '')
}

export function foreignNode(name: string, shape: Shape): AnyExtension {
  return Node.create({
    name,
    group: shape === 'inline' ? 'inline' : 'block',
    inline: shape === 'inline',
    content: { text: 'inline*', blocks: 'block*', inline: '' }[shape],
    // Shown, kept and deleted as a whole, but not made by pasting.
    renderHTML: () => {
      const tag = shape === 'inline' ? 'span' : 'div'
      const attributes = { class: 'foreign', 'data-name': name }
      return shape === 'inline' ? [tag, attributes] : [tag, attributes, 0]
    },
  })
}

export function foreignMark(name: string): AnyExtension {
  return Mark.create({ name, renderHTML: () => ['span', { 'data-mark': name }, 0] })
}

export function foreignAttributes(found: ReadonlyMap<string, ReadonlySet<string>>): AnyExtension {
  return Extension.create({
    name: 'foreignAttributes',
    addGlobalAttributes: () =>
      [...found].map(([name, attributes]) => ({
        types: [name],
        attributes: Object.fromEntries(
          // A block that is split does not give its id to both halves.
          [...attributes].map((attribute) => [attribute, { default: null, rendered: false, keepOnSplit: false }]),
        ),
      })),
  })
}
