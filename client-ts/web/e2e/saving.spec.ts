import { expect, Person, test } from './gala'
import { Member, People } from './people'

test('nothing is lost when the server is killed while two people type', async ({ browser, ownServer }) => {
  const people = new People(ownServer.url)
  const path = await (await people.owner).page('Killed')
  const ann = await Person.enter(browser, await people.owner)
  const ben = await Person.enter(browser, await people.at(1))
  await ann.open(path)
  await ben.open(path)
  await ann.write('a:')
  await expect(ben.text).toContainText('a:')

  const annTypes = ann.page.keyboard.type('0123456789'.repeat(8), { delay: 25 })
  await ben.text.click()
  await ben.page.keyboard.press('Control+Home')
  const benTypes = ben.page.keyboard.type('abcdefghij'.repeat(8), { delay: 25 })
  await ann.page.waitForTimeout(500)
  await ownServer.kill()
  await expect(ann.saveNote).toHaveText('Offline – kept on this device')
  await Promise.all([annTypes, benTypes])
  await ownServer.restart()

  for (const person of [ann, ben]) {
    await expect(person.saveNote).toHaveText('Saved', { timeout: 20_000 })
    await expect(person.text).toContainText('0123456789'.repeat(8))
    await expect(person.text).toContainText('abcdefghij'.repeat(8))
  }
  expect(await ann.words()).toBe(await ben.words())

  const reader = await Person.enter(browser, await people.at(2))
  await reader.open(path)
  expect(await reader.words()).toBe(await ann.words())
  for (const person of [ann, ben, reader]) await person.leave()
})

test('an acknowledged edit is on the disk when “Saved” is shown', async ({ browser, ownServer }) => {
  const owner = await Member.register(ownServer.url, 'Ann')
  const path = await owner.page('Durable')
  const ann = await Person.enter(browser, owner)
  await ann.open(path)
  await ann.write('kept for good')
  await expect(ann.saveNote).toHaveText('Saved')

  await ownServer.kill()
  await ann.leave()
  await ownServer.restart()

  const ben = await Person.enter(browser, owner)
  await ben.open(path)
  await expect(ben.text).toHaveText('kept for good')
  await ben.leave()
})

test('what is written without a connection is kept on this device, through a reload, until it is saved', async ({
  enter,
  newPage,
}) => {
  const path = await newPage('Kept')
  const ann = await enter()
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
  await ann.write('written alone')
  await expect(ann.saveNote).toHaveText('Offline – kept on this device')
  ann.page.on('dialog', (dialog) => dialog.accept())
  await ann.page.reload()

  await expect(ann.text).toHaveText('written alone')
  await expect(ann.saveNote).toHaveText('Offline – kept on this device')
  isCut = false
  await expect(ann.saveNote).toHaveText('Saved', { timeout: 20_000 })
  const ben = await enter()
  await ben.open(path)
  await expect(ben.text).toHaveText('written alone')
})

test('leaving a page at once does not lose what was just typed', async ({ enter, newPage }) => {
  const path = await newPage('Leaving at once')
  const other = await newPage('Elsewhere')
  const ann = await enter()
  await ann.open(path)

  await ann.write('the last word')
  await ann.tree.getByRole('link', { name: 'Elsewhere' }).click()
  await expect(ann.page).toHaveURL(new RegExp(other))

  const ben = await enter()
  await ben.open(path)
  await expect(ben.text).toHaveText('the last word')
})
