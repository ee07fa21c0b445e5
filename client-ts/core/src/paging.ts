/** One answer of a list: some items, and where the next ones begin. */
interface Listed<Item> {
  items: Item[]
  next_cursor?: string | null
}

/** Every item of a list, asked for piece by piece. */
export async function everyItem<Item>(ask: (cursor: string | undefined) => Promise<Listed<Item>>): Promise<Item[]> {
  const items: Item[] = []
  let cursor: string | undefined
  do {
    const listed = await ask(cursor)
    items.push(...listed.items)
    cursor = listed.next_cursor ?? undefined
  } while (cursor !== undefined)
  return items
}
