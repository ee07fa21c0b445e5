import { expect, Person, test } from './gala'
import { Member, PASSWORD, People, pageId } from './people'

/** Milliseconds within which a change of permissions is seen even on a busy machine; the server's tests say how soon. */
const WITHIN_MS = 20_000

/** Fills in what makes an account. */
async function fillIn(person: Person, account: { name: string; email: string; password?: string }): Promise<void> {
  await person.page.getByLabel('Your name').fill(account.name)
  await person.page.getByLabel('E-mail').fill(account.email)
  await person.page.getByLabel('Password', { exact: true }).fill(account.password ?? PASSWORD)
}

test('an empty server gets an owner, who invites somebody; both write, until one may only view', async ({
  browser,
  ownServer,
}) => {
  const [ann, ben] = [await Person.visit(browser, ownServer.url), await Person.visit(browser, ownServer.url)]
  await ann.page.goto('/')
  await expect(ann.page.getByRole('heading', { name: 'Create the owner’s account' })).toBeVisible()
  await fillIn(ann, { name: 'Ann', email: 'ann@example.org' })
  await ann.page.getByRole('button', { name: 'Create the account and begin' }).click()
  await ann.page.getByRole('button', { name: 'New page' }).click()
  await expect(ann.title).toBeFocused()
  await ann.title.fill('Together')
  await expect(ann.saveNote).toHaveText('Saved')

  await ann.choose(/^Workspace/, 'Invite people')
  await ann.page.getByRole('button', { name: 'Make a link instead' }).click()
  const link = await ann.page.getByLabel(/^Link with which/).inputValue()
  await ben.page.goto(link)
  await expect(ben.page.getByText('Ann invites you')).toBeVisible()
  await expect(ben.page).toHaveURL('/invite')
  await fillIn(ben, { name: 'Ben', email: 'ben@example.org' })
  await ben.page.getByRole('button', { name: 'Create the account and join' }).click()

  await ben.tree.getByRole('link', { name: 'Together' }).click()
  await expect(ben.saveNote).toHaveText('Saved')
  const path = new URL(ben.page.url()).pathname
  await ann.open(path)
  await ann.write('From Ann. ')
  await ben.write('From Ben.')
  for (const person of [ann, ben]) await expect.poll(() => person.words()).toBe('From Ann. From Ben.')
  await expect(ben.saveNote).toHaveText('Saved')
  await ben.page.keyboard.press('Home')
  await ben.page.evaluate(() => Object.assign(window, { isSameLoad: true }))

  const manager = await ann.page.context().newPage()
  await manager.goto('/settings/members')
  const role = manager.getByRole('combobox', { name: 'Role of Ben' })
  await role.selectOption('Viewer')
  await expect(ben.saveNote).toHaveText('View only', { timeout: WITHIN_MS })
  await expect(ben.text).toHaveAttribute('contenteditable', 'false')
  await expect(ben.text).toHaveAttribute('aria-readonly', 'true')
  await expect(ben.text).toBeFocused()
  await ben.page.keyboard.type('never ')
  await ben.title.press('x')
  expect(await ben.words()).toBe('From Ann. From Ben.')
  await expect(ben.title).toHaveValue('Together')
  await expect(ben.tree.getByRole('button', { name: 'Add a page inside Together' })).toHaveCount(0)
  await ann.write(' And again.')
  await expect(ben.text).toContainText('And again.')

  await ben.text.focus()
  await role.selectOption('Editor')
  await expect(ben.saveNote).toHaveText('Saved', { timeout: WITHIN_MS })
  await ben.page.keyboard.type('Back. ')
  await expect.poll(() => ann.words()).toBe('Back. From Ann. From Ben. And again.')
  expect(await ben.page.evaluate(() => 'isSameLoad' in window)).toBe(true)
  await ann.leave()
  await ben.leave()
})

test('a sign-in that fails says why, keeps what was typed, and leads back to where one was', async ({
  newPage,
  owner,
  visit,
}) => {
  const path = await newPage('Behind the door')
  const ann = await visit()
  await ann.page.goto(path)
  await expect(ann.page.getByRole('heading', { name: 'Sign in' })).toBeVisible()

  await ann.page.getByRole('button', { name: 'Sign in' }).click()
  await expect(ann.page.getByLabel('E-mail')).toBeFocused()
  await expect(ann.page.getByLabel('E-mail')).toHaveAccessibleDescription('This is needed')
  await ann.page.getByLabel('E-mail').fill(owner.email)
  await ann.page.getByLabel('Password', { exact: true }).fill('not the password')
  await ann.page.getByRole('button', { name: 'Sign in' }).click()
  await expect(ann.page.getByRole('alert')).toHaveText('The address or the password is wrong.')
  await expect(ann.page.getByLabel('E-mail')).toHaveValue(owner.email)

  await ann.page.getByLabel('Password', { exact: true }).fill(PASSWORD)
  await ann.page.keyboard.press('Enter')
  await expect(ann.page).toHaveURL(path)
  await expect(ann.saveNote).toHaveText('Saved')
})

test('password managers find what they look for', async ({ visit }) => {
  const ann = await visit()
  await ann.page.goto('/sign-in')

  await expect(ann.page.getByLabel('E-mail')).toHaveAttribute('autocomplete', 'username')
  const password = ann.page.getByLabel('Password', { exact: true })
  await expect(password).toHaveAttribute('autocomplete', 'current-password')
  await password.fill('secret')
  await ann.page.getByRole('button', { name: 'Show the password' }).click()
  await expect(password).toHaveAttribute('type', 'text')
})

test('a sign-in elsewhere that fails says why', async ({ visit }) => {
  const ann = await visit()

  await ann.page.goto('/sign-in?error=access_denied')

  await expect(ann.page.getByRole('alert').first()).toContainText('so nobody was signed in')
})

test('an address to return to never leads to another server', async ({ owner, visit }) => {
  const ann = await visit()
  await ann.page.goto('/sign-in?return_to=//example.org/')
  await ann.page.getByLabel('E-mail').fill(owner.email)
  await ann.page.getByLabel('Password', { exact: true }).fill(PASSWORD)
  await ann.page.keyboard.press('Enter')

  await expect(ann.tree).toBeVisible()
  expect(new URL(ann.page.url()).origin).toBe(new URL(owner.url).origin)
})

test('a forgotten password is mended with the link from a mail, which is good once', async ({ browser, ownServer }) => {
  const owner = await Member.register(ownServer.url, 'Ann')
  const [ann, elsewhere] = [await Person.visit(browser, ownServer.url), await Person.enter(browser, owner)]
  const path = await owner.page('Kept')
  await elsewhere.open(path)

  await ann.page.goto('/sign-in')
  await ann.page.getByRole('link', { name: 'Forgot your password?' }).click()
  await ann.page.getByLabel('E-mail').fill(owner.email)
  await ann.page.getByRole('button', { name: 'Send the link' }).click()
  await expect(ann.page.getByRole('heading', { name: 'Look at your mail' })).toBeVisible()
  const link = await ownServer.mailedLink('/reset-password')
  await ann.page.goto(link)
  await expect(ann.page).toHaveURL('/reset-password')
  await ann.page.getByLabel('New password').fill('short')
  await ann.page.getByRole('button', { name: 'Change the password' }).click()
  await expect(ann.page.getByLabel('New password')).toHaveAccessibleDescription(/At least 10 characters$/)
  await ann.page.getByLabel('New password').fill('another battery staple')
  await ann.page.getByRole('button', { name: 'Change the password' }).click()
  await ann.page.getByRole('button', { name: 'Sign in' }).click()

  await expect(elsewhere.page.getByRole('heading', { name: 'Sign in' })).toBeVisible()
  await ann.page.getByLabel('E-mail').fill(owner.email)
  await ann.page.getByLabel('Password', { exact: true }).fill('another battery staple')
  await ann.page.keyboard.press('Enter')
  await expect(ann.tree).toBeVisible()

  await ann.page.goto(link)
  await ann.page.getByLabel('New password').fill('a third battery staple')
  await ann.page.getByRole('button', { name: 'Change the password' }).click()
  await expect(ann.page.getByRole('alert')).toContainText('not any more')
  await ann.leave()
  await elsewhere.leave()
})

test('an address is verified with the link from a mail', async ({ browser, ownServer }) => {
  const owner = await Member.register(ownServer.url, 'Ann')
  const ann = await Person.enter(browser, owner)
  await ann.page.goto('/settings/profile')
  await expect(ann.page.getByText('Not verified')).toBeVisible()

  await ann.page.goto(await ownServer.mailedLink('/verify-email'))
  await expect(ann.page.getByRole('heading', { name: 'Your address is verified' })).toBeVisible()
  await expect(ann.page).toHaveURL('/verify-email')
  await ann.page.goto('/settings/profile')

  await expect(ann.page.getByText('Verified', { exact: true })).toBeVisible()
  await ann.leave()
})

test('a new name is what others see', async ({ browser, ownServer }) => {
  const people = new People(ownServer.url)
  const path = await (await people.owner).page('Names')
  const [ann, ben] = [await Person.enter(browser, await people.owner), await Person.enter(browser, await people.at(1))]
  await ben.page.goto('/settings/profile')
  await ben.page.getByLabel('Your name').fill('Benjamin')
  await ben.page.getByRole('button', { name: 'Change the name' }).click()
  await expect(ben.page.getByText('Your name is changed')).toBeVisible()

  await ben.open(path)
  await ann.open(path)

  await expect(ann.page.getByRole('list', { name: 'Also here' }).getByRole('img', { name: 'Benjamin' })).toBeVisible()
  await ann.leave()
  await ben.leave()
})

test('a changed password signs the other devices out, and a wrong one changes nothing', async ({
  browser,
  ownServer,
}) => {
  const owner = await Member.register(ownServer.url, 'Ann')
  const [ann, elsewhere] = [await Person.enter(browser, owner), await Person.enter(browser, await owner.again())]
  await elsewhere.open(await owner.page('Open elsewhere'))
  await ann.page.goto('/settings/profile')
  const [present, next] = [ann.page.getByLabel('Present password'), ann.page.getByLabel('New password')]
  const change = ann.page.getByRole('button', { name: 'Change the password' })

  await present.fill('not the password')
  await next.fill('another battery staple')
  await change.click()
  await expect(ann.page.getByText(/is wrong|not the current password|not the present password/i)).toBeVisible()
  await present.fill(PASSWORD)
  await change.click()
  await expect(ann.page.getByText('Your password is changed')).toBeVisible()

  await expect(elsewhere.page.getByRole('heading', { name: 'Sign in' })).toBeVisible()
  await ann.page.reload()
  await expect(present).toBeVisible()
  await ann.leave()
  await elsewhere.leave()
})

test('a device that is signed out from another one is out at once, and comes back to where it was', async ({
  browser,
  ownServer,
}) => {
  const owner = await Member.register(ownServer.url, 'Ann')
  const path = await owner.page('Left open')
  const [ann, elsewhere] = [await Person.enter(browser, owner), await Person.enter(browser, await owner.again())]
  await elsewhere.open(path)
  await ann.page.goto('/settings/devices')
  const devices = ann.page.getByRole('list', { name: 'Devices' }).getByRole('listitem')
  await expect(devices).toHaveCount(2)
  await expect(devices.first()).toContainText('This device')

  await devices
    .nth(1)
    .getByRole('button', { name: /^Sign out/ })
    .click()
  await expect(elsewhere.page.getByRole('heading', { name: 'Sign in' })).toBeVisible({ timeout: WITHIN_MS })
  await expect(devices).toHaveCount(1)

  await elsewhere.page.getByLabel('E-mail').fill(owner.email)
  await elsewhere.page.getByLabel('Password', { exact: true }).fill(PASSWORD)
  await elsewhere.page.keyboard.press('Enter')
  await expect(elsewhere.page).toHaveURL(path)
  await expect(elsewhere.saveNote).toHaveText('Saved')
  await ann.leave()
  await elsewhere.leave()
})

test('signing out leaves nothing behind in the browser', async ({ browser, ownServer }) => {
  const owner = await Member.register(ownServer.url, 'Ann')
  const path = await owner.page('Private')
  const ann = await Person.enter(browser, owner)
  await ann.open(path)
  await ann.write('for nobody else')
  await expect(ann.saveNote).toHaveText('Saved')

  await ann.choose('Account of Ann', 'Sign out')
  await expect(ann.page.getByRole('heading', { name: 'Sign in' })).toBeVisible()
  await ann.page.goto(path)

  await expect(ann.page.getByRole('heading', { name: 'Sign in' })).toBeVisible()
  const kept = await ann.page.evaluate(async () => {
    const rows = async ({ name = '' }: IDBDatabaseInfo) => {
      const database = await new Promise<IDBDatabase>((resolve, reject) => {
        const request = indexedDB.open(name)
        request.onsuccess = () => resolve(request.result)
        request.onerror = () => reject(request.error)
      })
      const counts = [...database.objectStoreNames].map(
        (store) =>
          new Promise<number>((resolve) => {
            const request = database.transaction(store).objectStore(store).count()
            request.onsuccess = () => resolve(request.result)
          }),
      )
      return Promise.all(counts)
    }
    return (await Promise.all((await indexedDB.databases()).map(rows))).flat()
  })
  expect(kept.every((count) => count === 0)).toBe(true)
  await ann.leave()
})

test('whoever is signed out while something is unsaved keeps it, and saves it by signing in again', async ({
  browser,
  ownServer,
}) => {
  const owner = await Member.register(ownServer.url, 'Ann')
  const path = await owner.page('Cut off')
  const ann = await Person.enter(browser, owner)
  let isCut = false
  const cuts: (() => void)[] = []
  await ann.page.routeWebSocket(/\/collab$/, (socket) => {
    if (isCut) return void socket.close({ code: 1013 })
    const server = socket.connectToServer()
    cuts.push(() => {
      void server.close()
      void socket.close({ code: 1013 })
    })
  })
  await ann.open(path)
  isCut = true
  for (const cut of cuts) cut()
  await ann.write('written in the dark')
  await expect(ann.saveNote).toHaveText('Offline – kept on this device')

  const { items } = await owner.call('GET', 'me/sessions')
  expect(items).toHaveLength(1)
  await owner.call('POST', 'auth/logout')
  isCut = false
  const alert = ann.page.getByRole('alert').filter({ hasText: 'You are signed out' })
  await expect(alert).toContainText('kept on this device', { timeout: 20_000 })
  await expect(ann.text).toHaveText('written in the dark')
  await alert.getByRole('button', { name: 'Sign in' }).click()
  await ann.page.getByLabel('E-mail').fill(owner.email)
  await ann.page.getByLabel('Password', { exact: true }).fill(PASSWORD)
  await ann.page.keyboard.press('Enter')

  await expect(ann.text).toHaveText('written in the dark')
  await expect(ann.saveNote).toHaveText('Saved')
  await ann.leave()
})

test('a key is shown once, works, and is dead when it is revoked', async ({ browser, ownServer }) => {
  const owner = await Member.register(ownServer.url, 'Ann')
  const path = await owner.page('Read by a program')
  const ann = await Person.enter(browser, owner)
  await ann.page.goto('/settings/api-keys')

  await ann.page.getByRole('button', { name: 'New key' }).click()
  await expect(ann.page.getByLabel('Name')).toBeFocused()
  await ann.page.keyboard.type('Backups')
  for (const scope of ['Read', 'Write']) await ann.page.getByRole('checkbox', { name: scope }).uncheck()
  await ann.page.getByRole('button', { name: 'Make the key' }).click()
  await expect(ann.page.getByText('Choose at least one')).toBeVisible()
  await ann.page.getByRole('checkbox', { name: 'Read' }).check()
  await ann.page.getByRole('button', { name: 'Make the key' }).click()
  const key = await ann.page.getByLabel('Key', { exact: true }).inputValue()
  const ask = (method = 'GET') =>
    fetch(`${ownServer.url}/api/v1/pages/${pageId(path)}`, { method, headers: { authorization: `Bearer ${key}` } })
  expect((await ask()).status).toBe(200)
  expect((await ask('DELETE')).status).toBe(403)

  await ann.page.getByRole('button', { name: 'I have copied it' }).click()
  await ann.page.reload()
  await expect(ann.page.getByText(key)).toHaveCount(0)
  await ann.page.getByRole('button', { name: 'Revoke Backups' }).click()
  await ann.page.getByRole('button', { name: 'Revoke it' }).click()
  await expect(ann.page.getByText('There are no keys.')).toBeVisible()
  expect((await ask()).status).toBe(401)
  await ann.leave()
})
