import { AxeBuilder } from '@axe-core/playwright'
import type { Locator } from '@playwright/test'

import { expect, Person, test } from './gala'

/** The past of a page, as somebody sees it. */
class History {
  readonly person: Person

  constructor(person: Person) {
    this.person = person
  }

  get panel(): Locator {
    return this.person.page.getByRole('main', { name: 'History' })
  }

  get words(): Locator {
    return this.panel.getByRole('document', { name: 'Earlier content' })
  }

  get slider(): Locator {
    return this.panel.getByRole('slider', { name: 'Point in time' })
  }

  async open(): Promise<void> {
    await this.person.page.getByRole('button', { name: 'History', exact: true }).click()
    await expect(this.words).toBeVisible()
  }

  entry(name: string | RegExp): Locator {
    return this.panel.getByRole('listitem').getByRole('button', { name }).first()
  }

  /** Names the point that is shown. */
  async name(name: string): Promise<void> {
    await this.panel.getByRole('button', { name: 'Name this version' }).click()
    await this.person.page.getByLabel('Name', { exact: true }).fill(name)
    await this.person.page.keyboard.press('Enter')
    await expect(this.entry(name)).toBeVisible()
  }
}

/** Ann writes a sentence, and Ben changes its last word. */
async function writeTogether(ann: Person, ben: Person, path: string): Promise<void> {
  await ann.open(path)
  await ann.write('We meet on Monday')
  await expect(ann.saveNote).toHaveText('Saved')
  await ben.open(path)
  await ben.text.click()
  await ben.page.keyboard.press('Control+End')
  await ben.page.keyboard.press('Control+Shift+ArrowLeft')
  await ben.page.keyboard.type('Friday')
  await expect(ben.saveNote).toHaveText('Saved')
  await expect(ann.text).toContainText('We meet on Friday')
}

function colorOf(change: Locator): Promise<string> {
  return change.evaluate((element) => {
    const probe = document.createElement('i')
    probe.style.color = getComputedStyle(element).getPropertyValue('--author')
    document.body.append(probe)
    const { color } = getComputedStyle(probe)
    probe.remove()
    return color
  })
}

test('the slider goes back, and what two people have changed stands there in their colours', async ({
  enter,
  newPage,
}) => {
  const path = await newPage('Plan')
  const [ann, ben] = [await enter(), await enter()]
  await writeTogether(ann, ben, path)
  const history = new History(ann)

  await history.open()
  await expect(history.words.locator('del')).toContainText('Mon')
  await expect(history.words.locator('ins')).toContainText('Fri')
  await expect(history.words.locator('ins').first()).toHaveAttribute('title', /^Inserted by Ben, /)
  await expect(history.panel.getByRole('list', { name: 'Whose changes' })).toContainText('Ben')

  await history.slider.press('ArrowLeft')
  await history.panel.getByRole('checkbox', { name: 'Show changes' }).uncheck()
  await expect(history.words).toHaveText('We meet on Monday')
  await expect(ann.page).toHaveURL(/\?history=\d+$/)

  await history.slider.press('End')
  await history.panel.getByRole('checkbox', { name: 'Show changes' }).check()
  await history.panel.getByRole('combobox', { name: 'Which changes' }).selectOption('made so far')
  const [byAnn, byBen] = [history.words.locator('ins[title*="Ann"]'), history.words.locator('ins[title*="Ben"]')]
  await expect(byAnn.first()).toContainText('We meet on')
  await expect(byBen.first()).toContainText('Fri')
  const legend = history.panel.getByRole('list', { name: 'Whose changes' }).getByRole('listitem')
  // Two people may have been given the same colour.
  for (const [name, changed] of Object.entries({ Ann: byAnn, Ben: byBen })) {
    await expect(legend.filter({ hasText: name }).locator('span').first()).toHaveCSS(
      'background-color',
      await colorOf(changed.first()),
    )
  }
})

test('a link opens a point of the past, and Escape leads back to the page', async ({ enter, newPage }) => {
  const path = await newPage('Linked')
  const [ann, ben] = [await enter(), await enter()]
  await writeTogether(ann, ben, path)
  const history = new History(ann)
  await history.open()
  await history.slider.press('ArrowLeft')
  await expect(ann.page).toHaveURL(/\?history=\d+$/)

  await ben.page.goto(ann.page.url())
  await expect(new History(ben).words).toContainText('Monday')
  await ann.page.keyboard.press('Escape')

  await expect(history.panel).toBeHidden()
  await expect(ann.text).toHaveText('We meet on Friday')
  await expect(ann.page.getByRole('button', { name: 'History', exact: true })).toBeFocused()
})

test('what others write while the past is open is there after a moment', async ({ enter, newPage }) => {
  const path = await newPage('Going on')
  const [ann, ben] = [await enter(), await enter()]
  await writeTogether(ann, ben, path)
  const history = new History(ann)
  await history.open()

  await ben.write(' at noon')

  await expect(history.words).toContainText('at noon')
})

test('a version is named, renamed, and deleted with a way back', async ({ enter, newPage }) => {
  const path = await newPage('Versions')
  const [ann, ben] = [await enter(), await enter()]
  await writeTogether(ann, ben, path)
  const history = new History(ann)
  await history.open()
  await history.slider.press('ArrowLeft')
  await expect(ann.page).toHaveURL(/\?history=\d+$/)

  await history.name('Before Ben')
  await ann.choose('More about Before Ben', 'Rename…')
  await ann.page.getByLabel('Name', { exact: true }).fill('First plan')
  await ann.page.keyboard.press('Enter')
  await expect(history.entry('First plan')).toBeVisible()
  await ann.choose('More about First plan', 'Delete')
  await expect(history.entry('First plan')).toBeHidden()
  await ann.page.getByRole('button', { name: 'Undo' }).click()

  await expect(history.entry('First plan')).toBeVisible()
  await history.entry('First plan').click()
  await expect(history.words).toContainText('Monday')
})

test('the page is restored for everybody, which can be undone', async ({ enter, newPage }) => {
  const path = await newPage('Restored')
  const [ann, ben] = [await enter(), await enter()]
  await writeTogether(ann, ben, path)
  const history = new History(ann)
  await history.open()
  await history.slider.press('ArrowLeft')
  await expect(ann.page).toHaveURL(/\?history=\d+$/)

  await history.panel.getByRole('button', { name: 'Restore', exact: true }).click()
  await expect.poll(() => ann.words()).toBe('We meet on Monday')
  await expect.poll(() => ben.words()).toBe('We meet on Monday')
  await ann.page.getByRole('button', { name: 'Undo' }).click()

  await expect.poll(() => ann.words()).toBe('We meet on Friday')
  await expect.poll(() => ben.words()).toBe('We meet on Friday')
  await history.open()
  await expect(history.entry('Restored')).toBeVisible()
})

test('erased content does not come back with a tab that was away', async ({ enter, newPage }) => {
  const path = await newPage('Secrets')
  const [ann, ben] = [await enter(), await enter()]
  let isAway = false
  let goAway = () => {}
  await ben.page.routeWebSocket(/\/collab$/, async (socket) => {
    if (isAway) return socket.close({ code: 1013 })
    socket.connectToServer()
    goAway = () => {
      isAway = true
      socket.close({ code: 1013 })
    }
  })
  await ann.open(path)
  await ann.write('the old secret')
  await expect(ann.saveNote).toHaveText('Saved')
  await ben.open(path)
  await expect.poll(() => ben.words()).toBe('the old secret')
  goAway()
  await ben.write(', and more of it')
  await expect(ben.saveNote).toHaveText('Offline – kept on this device')
  await new History(ben).open()
  await expect(new History(ben).panel.getByText('You are offline')).toBeVisible()
  await ben.page.keyboard.press('Escape')
  const history = new History(ann)

  await history.open()
  await ann.choose('More about the history', 'Erase content…')
  const dialog = ann.page.getByRole('dialog')
  await dialog.getByRole('button', { name: 'Erase for good' }).click()
  await expect(dialog).toBeVisible()
  await dialog.getByLabel('Type “erase” to confirm').fill('erase')
  await dialog.getByRole('button', { name: 'Erase for good' }).click()
  await expect(ann.page.getByText('The content of this page was erased for good')).toBeVisible()
  await expect.poll(() => ann.words()).toBe('')
  isAway = false

  await expect(ben.page.getByText('The content of this page was erased for good')).toBeVisible({ timeout: 20_000 })
  await expect.poll(() => ben.words()).toBe('')
  await ben.write('something new')
  await expect(ben.saveNote).toHaveText('Saved')
  await expect.poll(() => ann.words()).toBe('something new')
  await ben.page.reload()
  await expect.poll(() => ben.words()).toBe('something new')
  await history.open()
  await expect(history.panel.getByText('secret')).toHaveCount(0)
})

test('whoever may only read sees nothing of the past', async ({ browser, newPage, people }) => {
  const path = await newPage('Only read')
  const viewer = await Person.enter(browser, await people.invite('Vera', 'viewer'))

  await viewer.view(path)
  await expect(viewer.page.getByRole('button', { name: 'History', exact: true })).toBeHidden()
  await viewer.page.goto(`${path}?history`)

  await expect(viewer.page.getByRole('heading', { name: 'The past of this page is not for you' })).toBeVisible()
  await viewer.page.getByRole('button', { name: 'Back to the page' }).click()
  await expect(viewer.text).toBeVisible()
  await viewer.leave()
})

test('the past says when it cannot be had, and is there once it can', async ({ enter, newPage }) => {
  const path = await newPage('Outage')
  const ann = await enter()
  await ann.open(path)
  await ann.write('still there')
  await expect(ann.saveNote).toHaveText('Saved')
  await ann.page.route('**/history/edits*', (route) => route.abort())

  await ann.page.getByRole('button', { name: 'History', exact: true }).click()
  const history = new History(ann)
  await expect(history.panel.getByRole('alert')).toContainText('The server does not answer')
  await ann.page.unroute('**/history/edits*')
  await history.panel.getByRole('button', { name: 'Try again' }).click()

  await expect(history.words).toContainText('still there')
})

const sizes = [
  { name: 'wide', viewport: { width: 1280, height: 800 } },
  { name: 'narrow', viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true },
]

for (const { name, ...device } of sizes) {
  for (const colorScheme of ['light', 'dark'] as const) {
    test(`the history is accessible in ${colorScheme} colours on a ${name} screen`, async ({
      enter,
      newPage,
    }, info) => {
      const path = await newPage('Notes for the launch')
      const [ann, ben] = [await enter({ ...device, colorScheme }), await enter()]
      await writeTogether(ann, ben, path)
      const history = new History(ann)

      await ann.page.getByRole('banner').getByRole('button', { name: 'More about Notes for the launch' }).click()
      await ann.page.getByRole('menuitem', { name: 'History' }).click()
      await expect(history.words.locator('ins').first()).toBeVisible()
      await ann.page.screenshot({ path: info.outputPath(`history-${name}-${colorScheme}.png`) })
      const { violations } = await new AxeBuilder({ page: ann.page }).analyze()
      expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join('\n')}`)).toEqual([])

      const overflow = await ann.page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
      expect(overflow).toBeLessThanOrEqual(0)
    })
  }
}
