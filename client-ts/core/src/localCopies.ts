import { mergeUpdates } from 'yjs'

const DATABASE = 'gala'
/** Rows of `Row`, in the order they were made. */
const UPDATES = 'updates'
const BY_ROOM = 'room'
/** For each room with edits the server has not acknowledged: the mark of the last one. */
const UNSAVED = 'unsaved'
/** For each room the life of it that its copy is from, as far as the server has said it. */
const GENERATIONS = 'generations'
const EVERYTHING = [UPDATES, UNSAVED, GENERATIONS]

/** More rows of one room than this are merged into one when it is opened. */
const MOST_ROWS = 200

interface Row {
  room: string
  update: Uint8Array
}

/** What is kept of one room. */
export interface Kept {
  /** Oldest first. */
  updates: Uint8Array[]
  /** The mark of the last edit, if the server has not acknowledged everything. */
  unsavedMark: string | undefined
  /** The life of the room it is from, if the server has said that. */
  generation: number | undefined
}

/** What an update is kept with. */
export interface Marks {
  /** Of an update that the server has not acknowledged. */
  unsavedMark: string | undefined
  generation: number | undefined
}

/** Copies of rooms kept in this browser, so that edits survive the tab while the server is away. */
export class LocalCopies {
  readonly #database: Promise<IDBDatabase>

  /** Copies of different people are kept apart. */
  constructor(factory: IDBFactory, keptFor = '') {
    this.#database = open(factory, keptFor === '' ? DATABASE : `${DATABASE}:${keptFor}`)
    // Whoever uses the database is told of the failure; nobody may have used it yet.
    this.#database.catch(() => {})
  }

  async read(room: string): Promise<Kept> {
    const transaction = (await this.#database).transaction(EVERYTHING, 'readwrite')
    const kept: Kept = { updates: [], unsavedMark: undefined, generation: undefined }
    const keys: IDBValidKey[] = []
    const rows = transaction.objectStore(UPDATES)
    const cursor = rows.index(BY_ROOM).openCursor(IDBKeyRange.only(room))
    cursor.onsuccess = () => {
      if (cursor.result !== null) {
        kept.updates.push((cursor.result.value as Row).update)
        keys.push(cursor.result.primaryKey)
        cursor.result.continue()
      } else if (keys.length > MOST_ROWS) {
        rows.add({ room, update: mergeUpdates(kept.updates) } satisfies Row)
        for (const key of keys) rows.delete(key)
      }
    }
    const mark = transaction.objectStore(UNSAVED).get(room)
    mark.onsuccess = () => {
      kept.unsavedMark = mark.result
    }
    const generation = transaction.objectStore(GENERATIONS).get(room)
    generation.onsuccess = () => {
      kept.generation = generation.result
    }
    await committed(transaction)
    return kept
  }

  /** Keeps one more update; answers once it is committed. Throws if the copy is from another life of the room by now. */
  async append(room: string, update: Uint8Array, { unsavedMark, generation }: Marks): Promise<void> {
    const transaction = (await this.#database).transaction(EVERYTHING, 'readwrite')
    const present = transaction.objectStore(GENERATIONS).get(room)
    present.onsuccess = () => {
      // Another tab has been told first that this one's content is void.
      if (generation !== undefined && (present.result ?? generation) !== generation) return transaction.abort()
      transaction.objectStore(UPDATES).add({ room, update } satisfies Row)
      if (unsavedMark !== undefined) transaction.objectStore(UNSAVED).put(unsavedMark, room)
    }
    await committed(transaction)
  }

  /** The server speaks of this life of the room: nothing is kept of another one. */
  async enter(room: string, generation: number): Promise<void> {
    const transaction = (await this.#database).transaction(EVERYTHING, 'readwrite')
    const generations = transaction.objectStore(GENERATIONS)
    const present = generations.get(room)
    present.onsuccess = () => {
      if ((present.result ?? generation) !== generation) deleteRoom(transaction, room)
      generations.put(generation, room)
    }
    await committed(transaction)
  }

  /** The server has acknowledged everything up to the edit with this mark. */
  async settle(room: string, mark: string): Promise<void> {
    const transaction = (await this.#database).transaction(UNSAVED, 'readwrite')
    const marks = transaction.objectStore(UNSAVED)
    const last = marks.get(room)
    last.onsuccess = () => {
      // Another tab may have written since.
      if (last.result === mark) marks.delete(room)
    }
    await committed(transaction)
  }

  /** Keeps nothing of the room any more. */
  async forget(room: string): Promise<void> {
    const transaction = (await this.#database).transaction(EVERYTHING, 'readwrite')
    deleteRoom(transaction, room)
    await committed(transaction)
  }

  /** Keeps nothing of any room any more. */
  async forgetAll(): Promise<void> {
    const transaction = (await this.#database).transaction(EVERYTHING, 'readwrite')
    for (const store of EVERYTHING) transaction.objectStore(store).clear()
    await committed(transaction)
  }

  /** The rooms with edits the server has not acknowledged. */
  async unsavedRooms(): Promise<string[]> {
    const transaction = (await this.#database).transaction(UNSAVED)
    const rooms = transaction.objectStore(UNSAVED).getAllKeys()
    await committed(transaction)
    return rooms.result.map(String)
  }

  close(): void {
    this.#database.then(
      (database) => database.close(),
      () => {},
    )
  }
}

function open(factory: IDBFactory, name: string): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = factory.open(name, 2)
    request.onupgradeneeded = ({ oldVersion }) => {
      if (oldVersion < 1) {
        request.result.createObjectStore(UPDATES, { autoIncrement: true }).createIndex(BY_ROOM, 'room')
        request.result.createObjectStore(UNSAVED)
      }
      request.result.createObjectStore(GENERATIONS)
    }
    request.onsuccess = () => {
      const database = request.result
      // Another tab may bring a newer version, which waits until this one lets go.
      database.onversionchange = () => database.close()
      resolve(database)
    }
    request.onerror = () => reject(request.error)
    request.onblocked = () => reject(new Error('the local copy is held by another tab'))
  })
}

function deleteRoom(transaction: IDBTransaction, room: string): void {
  const cursor = transaction.objectStore(UPDATES).index(BY_ROOM).openCursor(IDBKeyRange.only(room))
  cursor.onsuccess = () => {
    cursor.result?.delete()
    cursor.result?.continue()
  }
  for (const store of [UNSAVED, GENERATIONS]) transaction.objectStore(store).delete(room)
}

function committed(transaction: IDBTransaction): Promise<void> {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve()
    transaction.onabort = () => reject(transaction.error)
    transaction.onerror = () => reject(transaction.error)
  })
}
