import WebSocket from 'ws'
import { WebsocketProvider } from 'y-websocket'
import * as Y from 'yjs'

import { expect, type Person, test } from './gala'
import { pageId } from './people'

async function blankPage(person: Person, path: string): Promise<void> {
  await person.open(path)
  await person.text.click()
}

test('Markdown shortcuts become blocks and marks', async ({ enter, newPage }) => {
  const ann = await enter()
  await blankPage(ann, await newPage('Shortcuts'))

  const lines = [
    '## Section',
    '- point',
    '',
    '1. first',
    '',
    '[ ] todo',
    '',
    '> quoted',
    '',
    '',
    '**bold** and `code` ',
    '---',
  ]
  for (const line of lines) {
    await ann.page.keyboard.type(line)
    await ann.page.keyboard.press('Enter')
  }
  await ann.page.keyboard.type('```')
  await ann.page.keyboard.press('Enter')
  await ann.page.keyboard.type('let x')

  const { text } = ann
  await expect(text.getByRole('heading', { level: 2, name: 'Section' })).toBeVisible()
  await expect(text.locator('ul:not([data-type]) li')).toHaveText('point')
  await expect(text.locator('ol li')).toHaveText('first')
  await expect(text.getByRole('checkbox')).not.toBeChecked()
  await expect(text.locator('blockquote')).toHaveText('quoted')
  await expect(text.locator('strong')).toHaveText('bold')
  await expect(text.locator('p code')).toHaveText('code')
  await expect(text.locator('hr')).toBeVisible()
  await expect(text.locator('pre')).toHaveText('let x')
})

test('the slash menu finds blocks by a few letters, and Escape leaves the text alone', async ({ enter, newPage }) => {
  const ann = await enter()
  await blankPage(ann, await newPage('Slash'))
  const menu = ann.page.getByRole('listbox', { name: 'Commands' })

  await ann.page.keyboard.type('/h2')
  await expect(menu.getByRole('option').first()).toHaveText(/Heading 2/)
  await ann.page.keyboard.press('Enter')
  await ann.page.keyboard.type('A heading')
  await expect(ann.text.getByRole('heading', { level: 2, name: 'A heading' })).toBeVisible()

  await ann.page.keyboard.press('Enter')
  await ann.page.keyboard.type('/')
  await ann.page.keyboard.press('ArrowDown')
  await ann.page.keyboard.press('ArrowDown')
  await expect(menu.getByRole('option', { selected: true })).toHaveText(/Heading 2/)
  await ann.page.keyboard.press('Escape')
  await expect(menu).toBeHidden()
  await ann.page.keyboard.type('etc is a directory')
  await expect(menu).toBeHidden()
  await expect(ann.text).toContainText('/etc is a directory')
})

test('a table is made, filled by Tab, and grows and shrinks', async ({ enter, newPage }) => {
  const path = await newPage('Tables')
  const [ann, ben] = [await enter(), await enter()]
  await blankPage(ann, path)
  await ben.open(path)

  await ann.page.keyboard.type('/table')
  await ann.page.keyboard.press('Enter')
  await ann.page.keyboard.type('Name')
  await ann.page.keyboard.press('Tab')
  await ann.page.keyboard.type('Age')
  await expect(ben.text.getByRole('columnheader')).toContainText(['Name', 'Age', ''])
  const tools = ann.page.getByRole('toolbar', { name: 'Table' })
  await tools.getByRole('button', { name: 'Add a row below' }).click()
  await expect(ben.text.getByRole('row')).toHaveCount(4)
  await tools.getByRole('button', { name: 'Delete the column' }).click()
  await expect(ben.text.getByRole('columnheader')).toContainText(['Name', ''])
  await tools.getByRole('button', { name: 'Delete the table' }).click()
  await expect(ben.text.getByRole('table')).toHaveCount(0)
})

test('the keyboard leads out of a table at the end of a page', async ({ enter, newPage }) => {
  const ann = await enter()
  await blankPage(ann, await newPage('Way out'))
  await ann.page.keyboard.type('/table')
  await ann.page.keyboard.press('Enter')

  for (let row = 0; row < 3; row += 1) await ann.page.keyboard.press('ArrowDown')
  await ann.page.keyboard.type('below')

  await expect(ann.text.locator(':scope > p')).toHaveText('below')
})

test('selected text is marked, turned into a heading and linked from the toolbar', async ({ enter, newPage }) => {
  const ann = await enter()
  await blankPage(ann, await newPage('Toolbar'))
  await ann.page.keyboard.type('important')
  await ann.page.keyboard.press('Control+a')
  const tools = ann.page.getByRole('toolbar', { name: 'Selected text' })

  await tools.getByRole('button', { name: 'Bold' }).click()
  await expect(ann.text.locator('strong')).toHaveText('important')
  await tools.getByRole('combobox', { name: 'Turn into' }).selectOption('Heading 1')
  await expect(ann.text.getByRole('heading', { level: 1 })).toHaveText('important')
  await tools.getByRole('button', { name: 'Link' }).click()
  await ann.page.getByRole('textbox', { name: 'Address' }).fill('example.org')
  await ann.page.keyboard.press('Enter')
  await expect(ann.text.getByRole('link', { name: 'important' })).toHaveAttribute('href', 'https://example.org')
})

test('addresses become links, and a dangerous one does not', async ({ enter, newPage }) => {
  const ann = await enter()
  await blankPage(ann, await newPage('Links'))

  await ann.page.keyboard.type(
    'see https://example.org/a, ok [docs](https://example.org/b) [bad](javascript:alert(1)) ',
  )

  await expect(ann.text.getByRole('link')).toHaveCount(2)
  await expect(ann.text.getByRole('link', { name: 'docs' })).toHaveAttribute('href', 'https://example.org/b')
})

test('an image is inserted by its address', async ({ enter, newPage, serverUrl }) => {
  const path = await newPage('Images')
  const [ann, ben] = [await enter(), await enter()]
  await blankPage(ann, path)
  await ben.open(path)

  await ann.page.keyboard.type('/image')
  await ann.page.keyboard.press('Enter')
  await ann.page.getByRole('textbox', { name: 'Address' }).fill(`${serverUrl}/favicon.svg`)
  await ann.page.getByRole('textbox', { name: 'What it shows' }).fill('The sign of Gala')
  await ann.page.getByRole('button', { name: 'Insert' }).click()

  await expect(ben.text.getByRole('img', { name: 'The sign of Gala' })).toBeVisible()
})

test('a task that is ticked is ticked for everybody', async ({ enter, newPage }) => {
  const path = await newPage('Tasks')
  const [ann, ben] = [await enter(), await enter()]
  await blankPage(ann, path)
  await ben.open(path)
  await ann.page.keyboard.type('[ ] buy apples')

  await ben.text.getByRole('checkbox', { name: 'Done: buy apples' }).check()

  await expect(ann.text.getByRole('checkbox')).toBeChecked()
})

test('writing in a page leaves alone what another client has put there and this one does not know', async ({
  enter,
  newPage,
  owner,
}) => {
  const path = await newPage('Foreign')
  const content = `pages/${pageId(path)}/content`
  const callout = { type: 'callout', attrs: { tone: 'info' }, content: [{ type: 'text', text: 'Mind the gap' }] }
  const marked = { type: 'text', text: 'under', marks: [{ type: 'underline', attrs: { weight: 2 } }] }
  await owner.call('PUT', content, {
    type: 'doc',
    content: [{ type: 'paragraph', attrs: { id: 'b1' }, content: [marked] }, callout],
  })
  const ann = await enter()
  await ann.open(path)

  await ann.text.getByText('under').click()
  await ann.page.keyboard.press('End')
  await ann.page.keyboard.type(' it')
  await expect(ann.saveNote).toHaveText('Saved')

  const { content: blocks } = await owner.call('GET', content)
  expect(blocks[0].attrs.id).toBe('b1')
  expect(blocks[0].content[0]).toMatchObject({ marks: [{ type: 'underline', attrs: { weight: 2 } }] })
  expect(blocks[1]).toEqual(callout)
})

test('what another client adds and this one does not know takes nobody out of the text', async ({
  enter,
  newPage,
  owner,
  serverUrl,
}) => {
  const path = await newPage('Foreign arrives')
  const room = pageId(path)
  const ann = await enter()
  await ann.open(path)
  await ann.write('one wo')
  await ann.page.keyboard.press('ArrowLeft')
  await ann.page.keyboard.press('ArrowLeft')
  await expect(ann.saveNote).toHaveText('Saved')

  const other = new Y.Doc()
  const provider = new WebsocketProvider(serverUrl.replace('http', 'ws').concat('/collab'), room, other, {
    params: { token: await owner.roomToken(room) },
    WebSocketPolyfill: WebSocket as unknown as typeof globalThis.WebSocket,
    disableBc: true,
  })
  await expect.poll(() => provider.synced).toBe(true)
  const callout = new Y.XmlElement('callout')
  callout.insert(0, [new Y.XmlText('Mind the gap')])
  other.getXmlFragment('content').insert(0, [callout])

  await expect(ann.text.getByText('Mind the gap')).toBeVisible()
  await ann.page.keyboard.type('t')
  await expect(ann.text.getByText('one two')).toBeVisible()
  await expect.poll(() => other.getXmlFragment('content').toString()).toContain('Mind the gap')
  provider.destroy()
})

test('the empty space below the text belongs to the text', async ({ enter, newPage }) => {
  const ann = await enter()
  await ann.open(await newPage('Space'))
  await ann.page.locator('article').click({ position: { x: 300, y: 500 } })
  await expect(ann.text).toBeFocused()
  await ann.page.keyboard.type('down here')
  await expect(ann.text).toHaveText('down here')
})
