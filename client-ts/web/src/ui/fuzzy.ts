/**
 * How well a text answers a query: undefined if some letter of the query is missing; otherwise
 * higher is better. Letters in a row and at the beginnings of words count most.
 */
export function fuzzyScore(query: string, text: string): number | undefined {
  const letters = [...query.toLowerCase().replaceAll(/\s/g, '')]
  const within = text.toLowerCase()
  let score = 0
  let at = -1
  for (const letter of letters) {
    const found = within.indexOf(letter, at + 1)
    if (found === -1) return undefined
    const startsWord = found === 0 || within[found - 1] === ' '
    if (found === at + 1) score += 3
    if (startsWord) score += 2
    score -= (found - at - 1) / 20
    at = found
  }
  return score - within.length / 1000
}

/** The items that answer the query, best first; all of them in their order when there is none. */
export function fuzzySearch<Item>(query: string, items: readonly Item[], texts: (item: Item) => string[]): Item[] {
  if (query.trim() === '') return [...items]
  return items
    .map((item) => ({ item, score: bestScore(query, texts(item)) }))
    .filter((answer): answer is { item: Item; score: number } => answer.score !== undefined)
    .sort((one, other) => other.score - one.score)
    .map(({ item }) => item)
}

function bestScore(query: string, texts: readonly string[]): number | undefined {
  const scores = texts.map((text) => fuzzyScore(query, text)).filter((score) => score !== undefined)
  return scores.length === 0 ? undefined : Math.max(...scores)
}
