import { expect, type Person, test } from './gala'
import { pageId } from './people'

/** Opens the dialog in which the open page is shared. */
async function share(person: Person) {
  await person.page.getByRole('button', { name: 'Share', exact: true }).click()
  const dialog = person.page.getByRole('dialog', { name: /^Share/ })
  await expect(dialog.getByRole('combobox', { name: 'All members' })).toBeVisible()
  return dialog
}

test('a guest comes by a link, sees the page and those below it, and nothing of the workspace', async ({
  enter,
  newPage,
  visit,
}) => {
  const path = await newPage('For guests')
  const below = await newPage('Below it', pageId(path))
  const other = await newPage('Not for guests')
  const ann = await enter()
  await ann.open(path)
  await ann.write('Welcome.')
  const dialog = await share(ann)
  await dialog.getByRole('button', { name: 'Make a link' }).click()
  const link = await dialog.getByLabel('The new link').inputValue()

  const guest = await visit()
  await guest.page.goto(link)
  await expect(guest.page).toHaveURL(path)
  await expect(guest.text).toHaveText('Welcome.')
  await expect(guest.saveNote).toHaveText('View only')
  await expect(guest.text).toHaveAttribute('contenteditable', 'false')
  await expect(guest.page.getByRole('button', { name: 'Share', exact: true })).toHaveCount(0)
  await expect(guest.page.getByRole('button', { name: /^Workspace/ })).toHaveCount(0)
  await guest.tree.getByRole('button', { name: 'Pages inside For guests' }).click()
  await expect(guest.tree.getByRole('link')).toHaveText(['For guests', 'Below it'])
  await guest.tree.getByRole('link', { name: 'Below it' }).click()
  await expect(guest.page).toHaveURL(below)
  await expect(guest.saveNote).toHaveText('View only')
  await guest.page.goto(other)
  await expect(guest.page.getByRole('heading', { name: 'There is no such page' })).toBeVisible()
  await guest.page.goto('/')
  await expect(guest.page).toHaveURL(path)

  await dialog.getByRole('button', { name: /^Revoke the link/ }).click()
  await expect(dialog.getByText('There are no links to this page.')).toBeVisible()
  await expect(guest.page.getByRole('alert')).toContainText('does not work any more')
})

test('a guest with a link for writing writes beside the others', async ({ enter, newPage, owner, visit }) => {
  const path = await newPage('Open house')
  const { url } = await owner.call('POST', `rooms/${pageId(path)}/share-links`, { access: 'write' })
  const [ann, guest] = [await enter(), await visit()]
  await ann.open(path)

  await guest.page.goto(url)
  await expect(guest.saveNote).toHaveText('Saved')
  await guest.write('from outside')

  await expect.poll(() => ann.words()).toBe('from outside')
  await expect(guest.saveNote).toHaveText('Saved')
})

test('a link that is no good says so', async ({ visit }) => {
  const guest = await visit()

  await guest.page.goto('/s/never-given-out')

  await expect(guest.page.getByRole('heading', { name: 'This link does not work any more' })).toBeVisible()
  await expect(guest.page).toHaveURL('/s')
})

test('a page is closed to all members, opened for one, and what is said above is said below', async ({
  enter,
  newPage,
}) => {
  const path = await newPage('Plans')
  const below = await newPage('Details', pageId(path))
  const [ann, ben, cleo] = [await enter(), await enter(), await enter()]
  await ann.open(path)
  await ben.open(path)
  await cleo.open(path)
  const dialog = await share(ann)

  await dialog.getByRole('combobox', { name: 'All members' }).selectOption('No access')
  await expect(ben.page.getByRole('heading', { name: 'There is no such page' })).toBeVisible()
  await expect(cleo.page.getByRole('heading', { name: 'There is no such page' })).toBeVisible()
  await dialog.getByRole('combobox', { name: 'Member', exact: true }).selectOption({ label: 'Ben (ben@example.org)' })
  await dialog.getByRole('combobox', { name: 'On this page' }).selectOption('Can view')
  await dialog.getByRole('button', { name: 'Add' }).click()
  await expect(dialog.getByRole('combobox', { name: 'What Ben may do' })).toHaveValue('read')
  await ben.view(below)
  await cleo.page.goto(below)
  await expect(cleo.page.getByRole('heading', { name: 'There is no such page' })).toBeVisible()

  await ann.open(below)
  const detail = await share(ann)
  await expect(detail.getByRole('combobox', { name: 'All members' })).toContainText('As on “Plans”: no access')
  await expect(detail.getByRole('listitem').filter({ hasText: 'Ben' })).toContainText('From “Plans”')
  await detail.getByRole('combobox', { name: 'What Ben may do' }).selectOption('Can edit')
  await expect(ben.saveNote).toHaveText('Saved')
  await ben.write('may write here')
  await expect.poll(() => ann.words()).toBe('may write here')

  await detail.getByRole('button', { name: 'Say nothing of Ben' }).click()
  await expect(ben.saveNote).toHaveText('View only')
  await ann.page.keyboard.press('Escape')
  await expect(ann.page.getByRole('button', { name: 'Share', exact: true })).toBeFocused()
})

test('who may only view is offered nothing else, neither in the page nor in the tree', async ({
  enter,
  newPage,
  owner,
}) => {
  const path = await newPage('Read me')
  await owner.call('PUT', `rooms/${pageId(path)}/sharing`, { members: 'comment' })
  await enter()
  const ben = await enter()
  await ben.view(path)

  await expect(ben.page.getByRole('button', { name: 'Share', exact: true })).toHaveCount(0)
  await ben.tree.getByRole('button', { name: 'More about Read me' }).click()
  await expect(ben.page.getByRole('menuitem')).toHaveText(['Copy link'])
  await ben.page.keyboard.press('Escape')
  await ben.title.press('End')
  await ben.page.keyboard.type('!')
  await expect(ben.title).toHaveValue('Read me')
  await ben.text.click()
  await ben.page.keyboard.type('/h1 words')
  expect(await ben.words()).toBe('')
  await expect(ben.saveNote).toHaveText('View only')
})

test('what was not saved in time is not called saved, and can be thrown away', async ({ enter, newPage, owner }) => {
  const path = await newPage('Overtaken')
  const [ann, ben] = [await enter(), await enter()]
  let isCut = false
  const cuts: (() => void)[] = []
  await ben.page.routeWebSocket(/\/collab$/, (socket) => {
    if (isCut) return void socket.close({ code: 1013 })
    const server = socket.connectToServer()
    cuts.push(() => {
      void server.close()
      void socket.close({ code: 1013 })
    })
  })
  await ann.open(path)
  await ben.open(path)
  isCut = true
  for (const cut of cuts) cut()
  await ben.write('too late')
  await expect(ben.saveNote).toHaveText('Offline – kept on this device')

  await owner.call('PUT', `rooms/${pageId(path)}/sharing`, { members: 'read' })
  isCut = false
  await expect(ben.saveNote).toHaveText('Not saved – you may only view', { timeout: 20_000 })
  await expect(ben.page.getByRole('alert')).toContainText('nobody else sees them')
  await expect(ben.text).toHaveText('too late')
  expect(await ann.words()).toBe('')

  await ben.page.getByRole('button', { name: 'Discard my changes' }).click()
  await expect(ben.saveNote).toHaveText('View only')
  expect(await ben.words()).toBe('')
  await ben.page.reload()
  await expect(ben.saveNote).toHaveText('View only')
  expect(await ben.words()).toBe('')
})
