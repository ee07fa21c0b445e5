import type { ChainedCommands, Editor } from '@tiptap/core'
import { useEffect, useEffectEvent, useLayoutEffect, useRef, useState } from 'react'

import { Floating } from '../../ui/Floating'
import { fuzzySearch } from '../../ui/fuzzy'
import { type Block, dividerBlock, imageBlock, tableBlock, textBlocks } from './blocks'
import { type SlashQuery, slashQuery } from './slashTrigger'
import { useEditorValue } from './useEditor'

interface SlashMenuProps {
  editor: Editor
  onInsertImage: () => void
}

const LIST_ID = 'slash-menu'

/** The commands after a slash. The caret stays in the text; the editor lends its keys. */
export function SlashMenu({ editor, onInsertImage }: SlashMenuProps) {
  const query = useEditorValue(editor, (editor) => (editor.isFocused ? slashQuery(editor.state) : undefined))
  if (query === undefined) return null
  return <SlashList editor={editor} query={query} onInsertImage={onInsertImage} />
}

function SlashList({ editor, query, onInsertImage }: SlashMenuProps & { query: SlashQuery }) {
  const [index, setIndex] = useState(0)
  const items = fuzzySearch(query.text, commands(onInsertImage), (item) => [item.name, ...item.keywords])
  const chosen = Math.min(index, items.length - 1)

  const pick = (item: Command | undefined) =>
    item?.run(editor.chain().focus().deleteRange({ from: query.from, to: query.to }))

  const keyPressed = useEffectEvent((event: KeyboardEvent): boolean => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    if (items.length === 0) return false
    if (step !== undefined) setIndex((chosen + step + items.length) % items.length)
    else if (event.key === 'Enter' || event.key === 'Tab') pick(items[chosen])
    else return false
    return true
  })

  useEffect(() => {
    editor.storage.slashTrigger.listener = { changed: () => {}, keyPressed: (event) => keyPressed(event) }
    return () => {
      editor.storage.slashTrigger.listener = undefined
    }
  }, [editor])

  // The caret is in the text, so the text has to say what is chosen here.
  useEffect(() => {
    const { dom } = editor.view
    dom.setAttribute('aria-controls', LIST_ID)
    dom.setAttribute('aria-activedescendant', `${LIST_ID}-${chosen}`)
    return () => {
      dom.removeAttribute('aria-controls')
      dom.removeAttribute('aria-activedescendant')
    }
  }, [editor, chosen])

  return (
    <Floating anchor={() => editor.view.coordsAtPos(query.from)} side="below" align="start">
      <div id={LIST_ID} role="listbox" tabIndex={0} aria-label="Commands" className="max-h-80 w-64 overflow-y-auto p-1">
        {items.map((item, at) => (
          <SlashRow
            key={item.name}
            item={item}
            at={at}
            isChosen={at === chosen}
            onPick={() => pick(item)}
            onPoint={setIndex}
          />
        ))}
        {items.length === 0 && <p className="px-2.5 py-2 text-ink-faint text-sm">No such command</p>}
      </div>
    </Floating>
  )
}

interface Command extends Omit<Block, 'apply'> {
  /** Does it, after what the chain does already. */
  run: (chain: ChainedCommands) => void
}

function commands(onInsertImage: () => void): Command[] {
  const blocks = [...textBlocks, tableBlock, dividerBlock].map((block) => ({
    ...block,
    run: (chain: ChainedCommands) => void block.apply(chain).run(),
  }))
  const image = {
    ...imageBlock,
    run: (chain: ChainedCommands) => {
      chain.run()
      onInsertImage()
    },
  }
  return [...blocks, image]
}

interface SlashRowProps {
  item: Command
  at: number
  isChosen: boolean
  onPick: () => void
  onPoint: (at: number) => void
}

function SlashRow({ item, at, isChosen, onPick, onPoint }: SlashRowProps) {
  const row = useRef<HTMLDivElement>(null)

  useLayoutEffect(() => {
    if (isChosen) row.current?.scrollIntoView({ block: 'nearest' })
  }, [isChosen])

  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the editor has the focus and the keys.
    <div
      ref={row}
      id={`${LIST_ID}-${at}`}
      role="option"
      tabIndex={-1}
      aria-selected={isChosen}
      className="flex min-h-9 cursor-pointer items-center gap-3 rounded-md px-2.5 text-sm aria-selected:bg-hover pointer-coarse:min-h-11"
      onPointerDown={(event) => event.preventDefault()}
      onPointerMove={() => onPoint(at)}
      onClick={onPick}
    >
      <item.icon className="size-4 shrink-0 text-ink-faint" aria-hidden />
      {item.name}
      <span className="ml-auto font-mono text-ink-faint text-xs">{item.hint}</span>
    </div>
  )
}
