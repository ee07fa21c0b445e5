import type { components } from '@gala/client'

export type Page = components['schemas']['PageView']
export type PageNode = components['schemas']['PageTree']

/** What a page without a title is called. */
export const UNTITLED = 'Untitled'

export function titleOf(page: { title: string }): string {
  return page.title.trim() === '' ? UNTITLED : page.title
}

/** Where a page is to stand: under a parent (null: at the top), before a sibling (null: last). */
export interface Place {
  parentId: string | null
  beforeId: string | null
}

/** The pages from the top down to this one, itself last; empty if it is not in the tree. */
export function pathTo(tree: readonly PageNode[], id: string): PageNode[] {
  for (const node of tree) {
    if (node.id === id) return [node]
    const below = pathTo(node.children, id)
    if (below.length > 0) return [node, ...below]
  }
  return []
}

/** Every page, parents before their children, with the titles of those above it. */
export function flatten(
  tree: readonly PageNode[],
  above: readonly string[] = [],
): { page: PageNode; above: readonly string[] }[] {
  return tree.flatMap((page) => [{ page, above }, ...flatten(page.children, [...above, titleOf(page)])])
}

/** Whether `id` is `ancestorId` or stands somewhere below it. */
export function isWithin(tree: readonly PageNode[], ancestorId: string, id: string): boolean {
  return pathTo(tree, id).some((page) => page.id === ancestorId)
}

export function renamed(tree: readonly PageNode[], id: string, title: string): PageNode[] {
  return tree.map((node) =>
    node.id === id ? { ...node, title } : { ...node, children: renamed(node.children, id, title) },
  )
}

export function without(tree: readonly PageNode[], id: string): PageNode[] {
  return tree.filter((node) => node.id !== id).map((node) => ({ ...node, children: without(node.children, id) }))
}

export function inserted(tree: readonly PageNode[], page: PageNode, place: Place): PageNode[] {
  if (place.parentId === null) return insertedBefore(tree, { ...page, parent_id: null }, place.beforeId)
  return tree.map((node) =>
    node.id === place.parentId
      ? { ...node, children: insertedBefore(node.children, { ...page, parent_id: node.id }, place.beforeId) }
      : { ...node, children: inserted(node.children, page, place) },
  )
}

/** The tree with a page and all below it at another place; unchanged if it would stand under itself. */
export function moved(tree: readonly PageNode[], id: string, place: Place): PageNode[] {
  const page = pathTo(tree, id).at(-1)
  const isUnderItself = place.parentId !== null && isWithin(tree, id, place.parentId)
  if (page === undefined || isUnderItself) return [...tree]
  return inserted(without(tree, id), page, place)
}

function insertedBefore(siblings: readonly PageNode[], page: PageNode, beforeId: string | null): PageNode[] {
  const index = siblings.findIndex((sibling) => sibling.id === beforeId)
  return index === -1 ? [...siblings, page] : siblings.toSpliced(index, 0, page)
}
