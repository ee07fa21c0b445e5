import type { AnyExtension } from '@tiptap/core'
import { Blockquote } from '@tiptap/extension-blockquote'
import { Bold } from '@tiptap/extension-bold'
import { Code } from '@tiptap/extension-code'
import { CodeBlock } from '@tiptap/extension-code-block'
import { Document } from '@tiptap/extension-document'
import { HardBreak } from '@tiptap/extension-hard-break'
import { Heading } from '@tiptap/extension-heading'
import { HorizontalRule } from '@tiptap/extension-horizontal-rule'
import { Italic } from '@tiptap/extension-italic'
import { BulletList, ListItem, ListKeymap, OrderedList, TaskItem, TaskList } from '@tiptap/extension-list'
import { Paragraph } from '@tiptap/extension-paragraph'
import { Strike } from '@tiptap/extension-strike'
import { Table, TableCell, TableHeader, TableRow } from '@tiptap/extension-table'
import { Text } from '@tiptap/extension-text'

import { Image } from './image'
import { Link } from './link'

/** A table whose columns would be narrower than this is scrolled sideways. */
const LEAST_CELL_WIDTH_PX = 88

/**
 * What a page can hold. The server writes the same nodes and marks from Markdown and reads them
 * back, so a name or attribute changes in both places or not at all.
 */
export const pageSchema: AnyExtension[] = [
  Document,
  Paragraph,
  Text,
  Heading.configure({ levels: [1, 2, 3, 4, 5, 6] }),
  BulletList,
  OrderedList,
  ListItem,
  ListKeymap,
  TaskList,
  TaskItem.configure({
    nested: true,
    a11y: { checkboxLabel: (node) => `Done: ${node.textContent || 'empty task'}` },
  }),
  Blockquote,
  CodeBlock,
  HorizontalRule,
  HardBreak,
  Image,
  // Dragged column widths would be inline styles, which the content security policy forbids.
  Table.configure({ resizable: false, cellMinWidth: LEAST_CELL_WIDTH_PX }),
  TableRow,
  TableHeader,
  TableCell,
  Bold,
  Italic,
  Strike,
  Code,
  Link,
]
