import type { ChainedCommands, Editor } from '@tiptap/core'
import {
  Code2,
  Heading1,
  Heading2,
  Heading3,
  ImageIcon,
  List,
  ListOrdered,
  ListTodo,
  type LucideIcon,
  Minus,
  Pilcrow,
  Quote,
  Table2,
} from 'lucide-react'

import { insertObject } from './insertObject'

/** Rows and columns of a new table. */
const NEW_TABLE = { rows: 3, cols: 3, withHeaderRow: true }

/** A kind of block that can be put where the caret is. */
export interface Block {
  name: string
  /** What it is for, or how it is written in Markdown. */
  hint: string
  /** Other words it is found by. */
  keywords: string[]
  icon: LucideIcon
  apply: (chain: ChainedCommands) => ChainedCommands
  isActive?: (editor: Editor) => boolean
}

export const textBlock: Block = {
  name: 'Text',
  hint: '',
  keywords: ['paragraph', 'plain'],
  icon: Pilcrow,
  apply: (chain) => chain.clearNodes(),
  isActive: (editor) => editor.isActive('paragraph'),
}

const headings: Block[] = ([1, 2, 3] as const).map((level) => ({
  name: `Heading ${level}`,
  hint: '#'.repeat(level),
  keywords: [`h${level}`, 'title', 'section'],
  icon: { 1: Heading1, 2: Heading2, 3: Heading3 }[level],
  apply: (chain) => chain.setHeading({ level }),
  isActive: (editor) => editor.isActive('heading', { level }),
}))

/** What the block with the caret can be turned into. */
export const textBlocks: Block[] = [
  textBlock,
  ...headings,
  {
    name: 'Bullet list',
    hint: '-',
    keywords: ['unordered', 'points', 'ul'],
    icon: List,
    apply: (chain) => chain.toggleBulletList(),
    isActive: (editor) => editor.isActive('bulletList'),
  },
  {
    name: 'Numbered list',
    hint: '1.',
    keywords: ['ordered', 'ol'],
    icon: ListOrdered,
    apply: (chain) => chain.toggleOrderedList(),
    isActive: (editor) => editor.isActive('orderedList'),
  },
  {
    name: 'Task list',
    hint: '[ ]',
    keywords: ['todo', 'to-do', 'checkbox'],
    icon: ListTodo,
    apply: (chain) => chain.toggleTaskList(),
    isActive: (editor) => editor.isActive('taskList'),
  },
  {
    name: 'Quote',
    hint: '>',
    keywords: ['blockquote', 'citation'],
    icon: Quote,
    apply: (chain) => chain.setBlockquote(),
    isActive: (editor) => editor.isActive('blockquote'),
  },
  {
    name: 'Code block',
    hint: '```',
    keywords: ['pre', 'snippet', 'program'],
    icon: Code2,
    apply: (chain) => chain.setCodeBlock(),
    isActive: (editor) => editor.isActive('codeBlock'),
  },
]

export const tableBlock: Block = {
  name: 'Table',
  hint: '',
  keywords: ['grid', 'rows', 'columns'],
  icon: Table2,
  apply: (chain) => chain.insertTable(NEW_TABLE),
}

export const dividerBlock: Block = {
  name: 'Divider',
  hint: '---',
  keywords: ['horizontal rule', 'line', 'hr'],
  icon: Minus,
  apply: (chain) => insertObject(chain, { type: 'horizontalRule' }),
}

/** An image needs an address first, so it is inserted by whoever has asked for it. */
export const imageBlock: Omit<Block, 'apply'> = {
  name: 'Image',
  hint: 'By its address',
  keywords: ['picture', 'photo'],
  icon: ImageIcon,
}
