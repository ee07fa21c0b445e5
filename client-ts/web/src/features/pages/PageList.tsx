import { ChevronRight, FileText, Plus } from 'lucide-react'
import { type KeyboardEvent, useRef, useState } from 'react'
import { flushSync } from 'react-dom'

import { IconButton } from '../../ui/IconButton'
import { Link } from '../../ui/Link'
import { navigate } from '../../ui/location'
import { mayInRoom } from '../access/roles'
import { useCreatePage } from './changes'
import { PageMenu } from './PageMenu'
import { pagePath } from './paths'
import { RenameField } from './RenameField'
import { type PageNode, titleOf } from './tree'
import { useTreeControls } from './treeControls'
import { useDropTarget } from './useDropTarget'

/** Pixels by which each level is set in. */
const INDENT_PX = 14

/** Pages that stand under the same page. */
export function PageList({ nodes, level, parentId }: { nodes: PageNode[]; level: number; parentId: string | null }) {
  return (
    <ul onKeyDown={level === 0 ? moveFocus : undefined}>
      {nodes.map((node, index) => (
        <PageRow key={node.id} node={node} level={level} parentId={parentId} nextId={nodes[index + 1]?.id ?? null} />
      ))}
    </ul>
  )
}

/** Up and down go from title to title, as in a list of files. */
function moveFocus(event: KeyboardEvent<HTMLUListElement>): void {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
  if (step === undefined) return
  const links = [...event.currentTarget.querySelectorAll('a')]
  const current = links.findIndex((link) => link.matches(':focus'))
  // The menus and dialogs of the rows have arrows of their own.
  const next = current === -1 ? undefined : links[current + step]
  if (next === undefined) return
  event.preventDefault()
  next.focus()
}

interface PageRowProps {
  node: PageNode
  level: number
  parentId: string | null
  /** The sibling that follows. */
  nextId: string | null
}

/** One page of the tree, and the pages below it when it is open. */
function PageRow({ node, level, parentId, nextId }: PageRowProps) {
  const controls = useTreeControls()
  const [isRenaming, setIsRenaming] = useState(false)
  const link = useRef<HTMLAnchorElement>(null)
  const [hasFocus, setHasFocus] = useState(false)
  const { edge, ...dropTarget } = useDropTarget(node, parentId, nextId)
  const create = useCreatePage()

  const isCurrent = controls.currentId === node.id
  const isOpen = controls.isExpanded(node.id) && node.children.length > 0
  const title = titleOf(node)
  const mayArrange = mayInRoom(node.access, 'arrangePage')
  // Only the row one is in offers its buttons to Tab: a hundred pages are not four hundred stops.
  const tabIndex = hasFocus || isCurrent ? 0 : -1

  const endRenaming = (by: 'key' | 'leaving') => {
    if (by === 'leaving') return setIsRenaming(false)
    // The link is there again at once, to take the focus.
    flushSync(() => setIsRenaming(false))
    link.current?.focus()
  }

  const addInside = () =>
    create.mutate(
      { parent: node },
      {
        onSuccess: (page) => {
          controls.setExpanded(node.id, true)
          navigate(pagePath(page.id))
        },
      },
    )

  return (
    <li>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: dragging; the menu does the same by keyboard. */}
      <div
        className={`group relative flex h-8 items-center rounded-md pr-1 text-sm transition-colors pointer-coarse:h-11 ${isCurrent ? 'bg-press font-medium text-ink' : 'text-ink-soft hover:bg-hover'} ${edge === 'inside' ? 'bg-accent-soft ring-2 ring-accent ring-inset' : ''} ${controls.draggedId === node.id ? 'opacity-40' : ''}`}
        style={{ paddingLeft: 4 + level * INDENT_PX }}
        onFocus={() => setHasFocus(true)}
        onBlur={() => setHasFocus(false)}
        {...dropTarget}
      >
        {edge !== undefined && edge !== 'inside' && <DropLine edge={edge} />}
        <Disclosure node={node} isOpen={isOpen} onToggle={() => controls.setExpanded(node.id, !isOpen)} />
        {isRenaming ? (
          <RenameField page={node} onDone={endRenaming} />
        ) : (
          <Link
            ref={link}
            href={pagePath(node.id)}
            aria-current={isCurrent ? 'page' : undefined}
            className="flex h-full min-w-0 flex-1 items-center rounded-sm px-1 outline-offset-0"
            onDoubleClick={() => mayArrange && setIsRenaming(true)}
            draggable={mayArrange}
            onDragStart={(event) => {
              event.dataTransfer.effectAllowed = 'move'
              controls.drag(node.id)
            }}
            onDragEnd={() => controls.drag(undefined)}
          >
            <span className={`truncate ${node.title === '' ? 'text-ink-faint' : ''}`}>{title}</span>
          </Link>
        )}
        <div className="flex items-center opacity-0 focus-within:opacity-100 group-hover:opacity-100 has-aria-expanded:opacity-100 pointer-coarse:opacity-100">
          <PageMenu
            page={node}
            onRename={() => setIsRenaming(true)}
            className="size-6 pointer-coarse:size-11"
            tabIndex={tabIndex}
          />
          {mayArrange && (
            <IconButton
              label={`Add a page inside ${title}`}
              className="size-6 pointer-coarse:size-11"
              tabIndex={tabIndex}
              onClick={addInside}
            >
              <Plus className="size-4" aria-hidden />
            </IconButton>
          )}
        </div>
      </div>
      {isOpen && <PageList nodes={node.children} level={level + 1} parentId={node.id} />}
    </li>
  )
}

/** The same for pages with and without others inside, so that all titles begin in one line. */
const DISCLOSURE_BOX =
  'inline-flex size-6 shrink-0 items-center justify-center pointer-coarse:-mr-1 pointer-coarse:-ml-2 pointer-coarse:size-11'

function Disclosure({ node, isOpen, onToggle }: { node: PageNode; isOpen: boolean; onToggle: () => void }) {
  if (node.children.length === 0) {
    return (
      <span className={`text-ink-faint ${DISCLOSURE_BOX}`}>
        <FileText className="size-3.5" strokeWidth={1.75} aria-hidden />
      </span>
    )
  }
  return (
    <button
      type="button"
      aria-expanded={isOpen}
      aria-label={`Pages inside ${titleOf(node)}`}
      className={`rounded text-ink-faint hover:bg-press hover:text-ink ${DISCLOSURE_BOX}`}
      onClick={onToggle}
    >
      <ChevronRight className={`size-3.5 transition-transform ${isOpen ? 'rotate-90' : ''}`} aria-hidden />
    </button>
  )
}

function DropLine({ edge }: { edge: 'before' | 'after' }) {
  return (
    <span
      aria-hidden
      className={`pointer-events-none absolute right-1 left-1 h-0.5 rounded bg-accent ${edge === 'before' ? '-top-px' : '-bottom-px'}`}
    />
  )
}
