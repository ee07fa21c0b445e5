import { mergeUpdates } from 'yjs'

const DATABASE = 'gala'
/** Rows of `Row`, in the order they were made. */
const UPDATES = 'updates'
const BY_ROOM = 'room'
/** For each room with edits the server has not acknowledged: the mark of the last one. */
const UNSAVED = 'unsaved'

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
    const transaction = (await this.#database).transaction([UPDATES, UNSAVED], 'readwrite')
    const kept: Kept = { updates: [], unsavedMark: undefined }
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
    await committed(transaction)
    return kept
  }

  /** Keeps one more update, an unsaved one if it has a mark; answers once it is committed. */
  async append(room: string, update: Uint8Array, unsavedMark: string | undefined): Promise<void> {
    const transaction = (await this.#database).transaction([UPDATES, UNSAVED], 'readwrite')
    transaction.objectStore(UPDATES).add({ room, update } satisfies Row)
    if (unsavedMark !== undefined) transaction.objectStore(UNSAVED).put(unsavedMark, room)
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
    const transaction = (await this.#database).transaction([UPDATES, UNSAVED], 'readwrite')
    const cursor = transaction.objectStore(UPDATES).index(BY_ROOM).openCursor(IDBKeyRange.only(room))
    cursor.onsuccess = () => {
      cursor.result?.delete()
      cursor.result?.continue()
    }
    transaction.objectStore(UNSAVED).delete(room)
    await committed(transaction)
  }

  /** Keeps nothing of any room any more. */
  async forgetAll(): Promise<void> {
    const transaction = (await this.#database).transaction([UPDATES, UNSAVED], 'readwrite')
    transaction.objectStore(UPDATES).clear()
    transaction.objectStore(UNSAVED).clear()
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
    const request = factory.open(name, 1)
    request.onupgradeneeded = () => {
      request.result.createObjectStore(UPDATES, { autoIncrement: true }).createIndex(BY_ROOM, 'room')
      request.result.createObjectStore(UNSAVED)
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

function committed(transaction: IDBTransaction): Promise<void> {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve()
    transaction.onabort = () => reject(transaction.error)
    transaction.onerror = () => reject(transaction.error)
  })
}
