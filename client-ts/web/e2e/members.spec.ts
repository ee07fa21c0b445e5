import { expect, Person, test } from './gala'
import { PASSWORD, People } from './people'

test('somebody invited by mail makes the account for that address, and nobody else can', async ({
  browser,
  ownServer,
}) => {
  const people = new People(ownServer.url)
  const [ann, ben] = [await Person.enter(browser, await people.owner), await Person.enter(browser, await people.at(1))]
  await ann.page.goto('/settings/members')
  await ann.page.getByLabel('E-mail').fill('erik@example.org')
  await ann.page.getByRole('combobox', { name: 'Role', exact: true }).selectOption('Viewer')
  await ann.page.getByRole('button', { name: 'Send an invitation' }).click()
  await expect(ann.page.getByText('erik@example.org is invited, by mail.')).toBeVisible()
  await expect(ann.page.getByRole('list', { name: 'Open invitations' })).toContainText('erik@example.org')
  const link = await ownServer.mailedLink('/invite')

  await ben.page.goto(link)
  await expect(ben.page.getByRole('alert')).toContainText('for another address')

  const erik = await Person.visit(browser, ownServer.url)
  await erik.page.goto(link)
  await expect(erik.page.getByText('to be a viewer of')).toBeVisible()
  await expect(erik.page.getByLabel('E-mail')).toHaveValue('erik@example.org')
  await expect(erik.page.getByLabel('E-mail')).not.toBeEditable()
  await erik.page.getByLabel('Your name').fill('Erik')
  await erik.page.getByLabel('Password', { exact: true }).fill(PASSWORD)
  await erik.page.getByRole('button', { name: 'Create the account and join' }).click()
  await expect(erik.tree).toBeVisible()
  await expect(erik.page.getByRole('button', { name: 'New page' })).toHaveCount(0)

  await ben.page.goto(link)
  await expect(ben.page.getByRole('heading', { name: 'This invitation is no longer good' })).toBeVisible()
  for (const person of [ann, ben, erik]) await person.leave()
})

test('an invitation that was taken back is good for nothing', async ({ browser, ownServer }) => {
  const people = new People(ownServer.url)
  const [ann, cleo] = [await Person.enter(browser, await people.owner), await Person.visit(browser, ownServer.url)]
  await ann.page.goto('/settings/members')
  await ann.page.getByRole('button', { name: 'Make a link instead' }).click()
  const link = await ann.page.getByLabel(/^Link with which/).inputValue()

  await ann.page.getByRole('button', { name: 'Take back the invitation for Anybody with the link' }).click()
  await expect(ann.page.getByText('Nobody is invited at the moment.')).toBeVisible()
  await cleo.page.goto(link)

  await expect(cleo.page.getByRole('heading', { name: 'This invitation is no longer good' })).toBeVisible()
  await ann.leave()
  await cleo.leave()
})

test('who has an account already joins another workspace with it', async ({ browser, ownServer }) => {
  const people = new People(ownServer.url)
  const [owner, member] = [await people.owner, await people.at(1)]
  const { id } = await owner.call('POST', 'workspaces', { name: 'Second home' })
  const { url } = await owner.call('POST', `workspaces/${id}/invitations`, { role: 'editor' })
  const ben = await Person.visit(browser, ownServer.url)

  await ben.page.goto(url)
  await ben.page.getByRole('button', { name: 'I have an account already' }).click()
  await ben.page.getByLabel('E-mail').fill(member.email)
  await ben.page.getByLabel('Password', { exact: true }).fill(PASSWORD)
  await ben.page.getByRole('button', { name: 'Sign in and join' }).click()
  await expect(ben.page.getByRole('button', { name: 'Workspace Second home' })).toBeVisible()
  await ben.page.getByRole('button', { name: 'Workspace Second home' }).click()
  await expect(ben.page.getByRole('menuitemradio', { checked: true })).toHaveText('Second home')
  await ben.page.getByRole('menuitemradio', { checked: false }).click()

  await expect(ben.page.getByRole('button', { name: 'Workspace Second home' })).toHaveCount(0)
  await ben.leave()
})

test('a member who is removed is out of every page at once, and of the list', async ({ browser, ownServer }) => {
  const people = new People(ownServer.url)
  const path = await (await people.owner).page('Not for everybody')
  const [ann, ben] = [await Person.enter(browser, await people.owner), await Person.enter(browser, await people.at(1))]
  await ben.open(path)
  await ann.page.goto('/settings/members')

  await ann.page.getByRole('button', { name: 'Remove Ben' }).click()
  await ann.page.getByRole('button', { name: 'Remove them' }).click()

  await expect(ben.page.getByRole('heading', { name: 'There is no such page' })).toBeVisible()
  await expect(ann.page.getByRole('button', { name: 'Remove Ben' })).toHaveCount(0)
  await ben.page.goto('/')
  await expect(ben.page.getByRole('heading', { name: 'You are in no workspace' })).toBeVisible()
  await expect(ben.page.getByRole('navigation', { name: 'Pages' })).toHaveCount(0)
  await ann.leave()
  await ben.leave()
})

test('the last owner stays one', async ({ browser, ownServer }) => {
  const people = new People(ownServer.url)
  const ann = await Person.enter(browser, await people.owner)
  await ann.page.goto('/settings/members')

  await ann.page.getByRole('button', { name: 'Leave' }).click()
  await ann.page.getByRole('dialog').getByRole('button', { name: 'Leave' }).click()
  await expect(ann.page.getByRole('dialog').getByRole('alert')).toContainText('always has an owner')
  await ann.page.keyboard.press('Escape')
  await expect(ann.page.getByRole('button', { name: 'Leave' })).toBeFocused()
  await ann.leave()
})

test('who may not manage members sees them, and nothing to change', async ({ browser, ownServer }) => {
  const people = new People(ownServer.url)
  const ben = await Person.enter(browser, await people.at(1))
  await ben.page.goto('/settings/members')

  await expect(ben.page.getByRole('list', { name: 'Members' }).getByRole('listitem')).toHaveCount(2)
  await expect(ben.page.getByRole('main').getByRole('combobox')).toHaveCount(0)
  await expect(ben.page.getByRole('heading', { name: 'Invitations' })).toHaveCount(0)
  await expect(ben.page.getByRole('link', { name: 'Audit' })).toHaveCount(0)
  await ben.leave()
})

test('a workspace is made, renamed and deleted by typing its name', async ({ browser, ownServer }) => {
  const people = new People(ownServer.url)
  const ann = await Person.enter(browser, await people.owner)
  await ann.page.goto('/')
  await ann.choose(/^Workspace/, 'New workspace…')
  await ann.page.getByLabel('Name').fill('Draft')
  await ann.page.getByRole('button', { name: 'Create it' }).click()
  await expect(ann.page.getByRole('button', { name: 'Workspace Draft' })).toBeVisible()

  await ann.choose('Workspace Draft', 'Workspace settings')
  await ann.page.getByLabel('Name').fill('Final')
  await ann.page.getByRole('button', { name: 'Rename' }).click()
  await expect(ann.page.getByRole('button', { name: 'Workspace Final' })).toBeVisible()
  await ann.page.getByRole('button', { name: 'Delete the workspace…' }).click()
  await ann.page.getByLabel('Type “Final” to confirm').fill('Finally')
  await ann.page.getByRole('button', { name: 'Delete it for everybody' }).click()
  await expect(ann.page.getByRole('dialog')).toBeVisible()
  await ann.page.getByLabel('Type “Final” to confirm').fill('Final')
  await ann.page.getByRole('button', { name: 'Delete it for everybody' }).click()

  await expect(ann.page.getByRole('button', { name: 'Workspace Final' })).toHaveCount(0)
  await expect(ann.page.getByRole('button', { name: /^Workspace/ })).toBeVisible()
  await ann.leave()
})

test('a service has a key, a name and a role of its own', async ({ browser, ownServer }) => {
  const people = new People(ownServer.url)
  const { id } = await (await people.owner).workspace()
  const ann = await Person.enter(browser, await people.owner)
  await ann.page.goto('/settings/service-keys')

  await ann.page.getByRole('button', { name: 'New key' }).click()
  await ann.page.keyboard.type('Release bot')
  await ann.page.getByRole('combobox', { name: 'Role in the workspace' }).selectOption('Viewer')
  await ann.page.getByRole('button', { name: 'Make the key' }).click()
  const key = await ann.page.getByLabel('Key', { exact: true }).inputValue()

  const pages = `${ownServer.url}/api/v1/workspaces/${id}/pages`
  const authorization = `Bearer ${key}`
  expect((await fetch(pages, { headers: { authorization } })).status).toBe(200)
  const headers = { authorization, 'content-type': 'application/json' }
  expect((await fetch(pages, { method: 'POST', headers, body: '{"title":"Mine"}' })).status).toBe(403)
  await expect(ann.page.getByRole('list', { name: 'Keys' })).toContainText('Viewer')
  await ann.leave()
})

test('what has happened is listed, the latest first, and exported', async ({ browser, ownServer }) => {
  const people = new People(ownServer.url)
  await (await people.owner).page('Evidence')
  const ann = await Person.enter(browser, await people.owner)
  await ann.page.goto('/settings/audit')

  const events = ann.page.getByRole('list', { name: 'Events' }).getByRole('listitem')
  await expect(events.first()).toContainText('Ann made a page: “Evidence”')
  await expect(events.last()).toContainText('Ann made the workspace')
  const downloading = ann.page.waitForEvent('download')
  await ann.page.getByRole('link', { name: 'Export as JSON lines' }).click()
  expect((await downloading).suggestedFilename()).toMatch(/\.(ndjson|jsonl)$/)
  await ann.leave()
})
