import { applyUpdate, type Doc } from 'yjs'

import type { LocalCopies } from './localCopies'
import { FROM_LOCAL_COPY, FROM_SERVER } from './origins'

interface LocalCopyParts {
  copies: LocalCopies
  room: string
  doc: Doc
  onChange: () => void
}

/** The copy of one room in this browser, kept up with the document from the moment it is made. */
export class LocalCopy {
  readonly #parts: LocalCopyParts
  /** Updates that are not committed yet. */
  #pending = 0
  #hasFailed = false
  #isLoaded = false
  /** Names the last edit that is not saved. */
  #unsavedMark: string | undefined
  #edits = 0
  #generation: number | undefined

  constructor(parts: LocalCopyParts) {
    this.#parts = parts
    parts.doc.on('update', this.#keep)
  }

  /** Everything in the document is committed to the browser's store. */
  get isComplete(): boolean {
    return this.#pending === 0 && !this.#hasFailed
  }

  /** The document holds what was kept, and that was something. */
  get isLoaded(): boolean {
    return this.#isLoaded
  }

  /** The life of the room that the document is from, as far as the server has ever said it here. */
  get generation(): number | undefined {
    return this.#generation
  }

  /**
   * Puts what was kept into the document, and answers whether the server may lack some of it.
   * A store that cannot be read is told by `isComplete`, not thrown.
   */
  async load(): Promise<boolean> {
    const { copies, room, doc } = this.#parts
    try {
      const { updates, unsavedMark, generation } = await copies.read(room)
      this.#generation ??= generation
      // The server was faster, and has told of another life of the room.
      if ((generation ?? this.#generation) !== this.#generation) return false
      this.#unsavedMark ??= unsavedMark
      doc.transact(() => {
        for (const update of updates) applyUpdate(doc, update, FROM_LOCAL_COPY)
      }, FROM_LOCAL_COPY)
      this.#isLoaded = updates.length > 0
      return unsavedMark !== undefined
    } catch {
      this.#fail()
      return false
    }
  }

  /** The server has said from which life of the room the document is. */
  enter(generation: number): void {
    this.#generation = generation
    const { copies, room } = this.#parts
    copies.enter(room, generation).catch(() => this.#fail())
  }

  /** The server has acknowledged everything in the document. */
  settle(): void {
    if (this.#unsavedMark === undefined) return
    const { copies, room } = this.#parts
    copies.settle(room, this.#unsavedMark).catch(() => this.#fail())
    this.#unsavedMark = undefined
  }

  destroy(): void {
    this.#parts.doc.off('update', this.#keep)
  }

  readonly #keep = (update: Uint8Array, origin: unknown): void => {
    if (origin === FROM_LOCAL_COPY || this.#hasFailed) return
    const { copies, room, doc, onChange } = this.#parts
    const isEdit = origin !== FROM_SERVER
    if (isEdit) {
      this.#edits += 1
      this.#unsavedMark = `${doc.clientID}.${this.#edits}`
    }
    this.#pending += 1
    const marks = { unsavedMark: isEdit ? this.#unsavedMark : undefined, generation: this.#generation }
    copies.append(room, update, marks).then(
      () => {
        this.#pending -= 1
        onChange()
      },
      () => this.#fail(),
    )
  }

  #fail(): void {
    this.#hasFailed = true
    this.#parts.onChange()
  }
}
