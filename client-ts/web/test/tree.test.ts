import { describe, expect, it } from 'vitest'

import { flatten, inserted, isWithin, moved, type PageNode, pathTo, renamed, without } from '../src/features/pages/tree'

function node(id: string, ...children: PageNode[]): PageNode {
  const at = '2026-01-01T00:00:00Z'
  return {
    id,
    workspace_id: 'w',
    parent_id: null,
    title: id,
    created_at: at,
    updated_at: at,
    trashed_at: null,
    access: 'write',
    children,
  }
}

/** The tree as nested ids. */
function shape(tree: readonly PageNode[]): unknown[] {
  return tree.map(({ id, children }) => (children.length === 0 ? id : [id, ...shape(children)]))
}

const tree = [node('a', node('b', node('c')), node('d')), node('e')]

describe('the page tree', () => {
  it('knows the way to a page', () => {
    expect(pathTo(tree, 'c').map(({ id }) => id)).toEqual(['a', 'b', 'c'])
    expect(pathTo(tree, 'nowhere')).toEqual([])
    expect(isWithin(tree, 'a', 'c')).toBe(true)
    expect(isWithin(tree, 'b', 'd')).toBe(false)
  })

  it('lists every page with the titles above it', () => {
    expect(flatten(tree).map(({ page, above }) => [...above, page.id].join('/'))).toEqual([
      'a',
      'a/b',
      'a/b/c',
      'a/d',
      'e',
    ])
  })

  it('moves a page with all below it', () => {
    expect(shape(moved(tree, 'b', { parentId: null, beforeId: 'e' }))).toEqual([['a', 'd'], ['b', 'c'], 'e'])
    expect(shape(moved(tree, 'b', { parentId: 'e', beforeId: null }))).toEqual([
      ['a', 'd'],
      ['e', ['b', 'c']],
    ])
    expect(shape(moved(tree, 'd', { parentId: 'a', beforeId: 'b' }))).toEqual([['a', 'd', ['b', 'c']], 'e'])
  })

  it('does not move a page under itself or under what is below it', () => {
    expect(shape(moved(tree, 'a', { parentId: 'c', beforeId: null }))).toEqual(shape(tree))
    expect(shape(moved(tree, 'a', { parentId: 'a', beforeId: null }))).toEqual(shape(tree))
  })

  it('tells a moved page where it stands', () => {
    expect(pathTo(moved(tree, 'e', { parentId: 'b', beforeId: 'c' }), 'e').at(-1)?.parent_id).toBe('b')
  })

  it('adds, renames and removes at any depth', () => {
    expect(shape(inserted(tree, node('new'), { parentId: 'c', beforeId: null }))).toEqual([
      ['a', ['b', ['c', 'new']], 'd'],
      'e',
    ])
    expect(pathTo(renamed(tree, 'c', 'called'), 'c').at(-1)?.title).toBe('called')
    expect(shape(without(tree, 'b'))).toEqual([['a', 'd'], 'e'])
  })
})
