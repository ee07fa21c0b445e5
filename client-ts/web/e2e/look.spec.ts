import { gzipSync } from 'node:zlib'

import { AxeBuilder } from '@axe-core/playwright'

import { expect, Person, test } from './gala'
import { pageId } from './people'

/** Bytes of compressed JavaScript that a first visit to a page may load. */
const PAGE_BUDGET_BYTES = 260_000
/** The same for everything that is not a page. */
const OTHER_BUDGET_BYTES = 150_000

const sizes = [
  { name: 'wide', viewport: { width: 1280, height: 800 } },
  { name: 'narrow', viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true },
]

async function expectAccessible(person: Person): Promise<void> {
  const { violations } = await new AxeBuilder({ page: person.page }).analyze()
  const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')
  expect(serious.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join('\n')}`)).toEqual([])
}

async function writeSomethingOfEverything(person: Person): Promise<void> {
  const { keyboard } = person.page
  await person.text.click()
  await keyboard.type(
    'A calm place to think together. Everything here is **live** and `saved` as it is typed, see https://example.org/live for how.',
  )
  await keyboard.press('Enter')
  for (const line of [
    '## What we decided',
    '- One binary, no cluster',
    'Agents sit beside people',
    '',
    '[ ] Write the announcement',
    'Ask Ben about the numbers',
    '',
    '> Saved means saved.',
    '',
    '',
  ]) {
    await keyboard.type(line)
    await keyboard.press('Enter')
  }
  await person.text.getByRole('checkbox').first().check()
  await keyboard.press('Control+End')
  await keyboard.type('/table')
  await keyboard.press('Enter')
  for (const cell of ['Who', 'What', 'When', 'Ann', 'Server', 'Monday', 'Ben', 'Editor', 'Tuesday']) {
    await keyboard.type(cell)
    await keyboard.press('Tab')
  }
  await keyboard.press('ArrowUp')
  await keyboard.press('ArrowDown')
  await keyboard.press('ArrowDown')
  await keyboard.type('```')
  await keyboard.press('Enter')
  await keyboard.type('gala serve --listen 0.0.0.0:8080')
  await expect(person.saveNote).toHaveText('Saved')
}

for (const { name, ...device } of sizes) {
  for (const colorScheme of ['light', 'dark'] as const) {
    test(`a page is accessible in ${colorScheme} colours on a ${name} screen`, async ({ enter, newPage }, info) => {
      const path = await newPage('Notes for the launch')
      await newPage('Numbers', pageId(path))
      const [ann, ben] = [await enter({ ...device, colorScheme }), await enter()]
      await ben.open(path)
      await writeSomethingOfEverything(ben)
      await ben.text.getByText('Agents sit').dblclick()
      await ann.open(path)
      await expect(ann.page.locator('.remote-caret')).toBeAttached()

      await ann.page.screenshot({ path: info.outputPath(`page-${name}-${colorScheme}.png`) })
      await expectAccessible(ann)

      await ann.text.getByText('A calm place').click()
      await ann.page.keyboard.press('End')
      await ann.page.keyboard.press('Enter')
      await ann.page.keyboard.type('/')
      await expect(ann.page.getByRole('listbox', { name: 'Commands' })).toBeVisible()
      await ann.page.screenshot({ path: info.outputPath(`slash-${name}-${colorScheme}.png`) })
      await expectAccessible(ann)
    })

    test(`the views around the pages are accessible in ${colorScheme} colours on a ${name} screen`, async ({
      enter,
      newPage,
    }, info) => {
      await newPage('Anything')
      const ann = await enter({ ...device, colorScheme })
      for (const path of ['/trash', '/nowhere', '/p/01890000-0000-7000-8000-000000000000']) {
        await ann.page.goto(path)
        await expect(ann.page.getByRole('heading', { level: 1 })).toBeVisible()
        await expectAccessible(ann)
        await ann.page.screenshot({ path: info.outputPath(`${path.split('/')[1]}-${name}-${colorScheme}.png`) })
      }

      await ann.page.keyboard.press('Control+k')
      await expect(ann.page.getByRole('combobox')).toBeFocused()
      await expectAccessible(ann)
      await ann.page.screenshot({ path: info.outputPath(`switcher-${name}-${colorScheme}.png`) })
      await ann.page.keyboard.press('Escape')
      if (name === 'narrow') {
        await ann.page.getByRole('button', { name: 'Pages', exact: true }).tap()
        await expect(ann.tree).toBeVisible()
        await expectAccessible(ann)
        await ann.page.screenshot({ path: info.outputPath(`drawer-${colorScheme}.png`) })
      }
    })
  }
}

/** What somebody sees who is not in. */
const OUTSIDE = ['/sign-in?error=access_denied', '/sign-up', '/forgot-password', '/reset-password/none', '/s/none']
/** What is set, by its place in the settings. */
const SETTINGS = ['profile', 'devices', 'api-keys', 'workspace', 'members', 'service-keys', 'audit']

for (const { name, ...device } of sizes) {
  for (const colorScheme of ['light', 'dark'] as const) {
    test(`the ways in are accessible in ${colorScheme} colours on a ${name} screen`, async ({ owner, visit }, info) => {
      const ann = await visit({ ...device, colorScheme })
      const { id } = await owner.workspace()
      const { url } = await owner.call('POST', `workspaces/${id}/invitations`, { role: 'editor' })
      for (const path of [...OUTSIDE, new URL(url).pathname]) {
        await ann.page.goto(path)
        await expect(ann.page.getByRole('heading', { level: 1 })).toBeVisible()
        const send = ann.page.locator('button[type=submit]')
        if (await send.isVisible()) await send.click()
        await expectAccessible(ann)
        const file = path.split(/[/?]/)[1]
        await ann.page.screenshot({ path: info.outputPath(`${file}-${name}-${colorScheme}.png`) })
      }
    })

    test(`settings and sharing are accessible in ${colorScheme} colours on a ${name} screen`, async ({
      enter,
      newPage,
      owner,
    }, info) => {
      const path = await newPage('Shared')
      await owner.call('PUT', `rooms/${pageId(path)}/sharing`, { members: 'read' })
      await owner.call('POST', `rooms/${pageId(path)}/share-links`, { access: 'read' })
      const [ann, ben] = [await enter({ ...device, colorScheme }), await enter({ ...device, colorScheme })]
      for (const place of SETTINGS) {
        await ann.page.goto(`/settings/${place}`)
        await expect(ann.page.getByRole('heading', { level: 1 })).toBeVisible()
        const more = ann.page.getByRole('button', { name: 'New key…' })
        if (await more.isVisible()) await more.click()
        await expect(ann.page.locator('.animate-pulse')).toHaveCount(0)
        await expectAccessible(ann)
        await ann.page.screenshot({ path: info.outputPath(`${place}-${name}-${colorScheme}.png`) })
      }

      await ann.open(path)
      await ann.page.getByRole('button', { name: 'Share', exact: true }).click()
      await ann.page.getByRole('button', { name: 'Make a link' }).click()
      await expect(ann.page.getByLabel('The new link')).toBeVisible()
      await expectAccessible(ann)
      await ann.page.screenshot({ path: info.outputPath(`share-${name}-${colorScheme}.png`) })

      await ben.view(path)
      await expectAccessible(ben)
      const overflow = await ben.page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
      expect(overflow).toBeLessThanOrEqual(0)
    })
  }
}

test('the theme is dark before anything is painted, and stays what was chosen', async ({ enter, newPage }) => {
  const path = await newPage('Colours')
  const ann = await enter({ colorScheme: 'dark' })
  const themeAtFirstPaint = ann.page.waitForFunction(
    () => document.body !== null && document.documentElement.dataset.theme,
  )
  await ann.page.goto(path)
  expect(await (await themeAtFirstPaint).jsonValue()).toBe('dark')

  await ann.page.getByRole('button', { name: 'Switch to light colours' }).click()
  await ann.page.reload()

  await expect(ann.page.locator('html')).toHaveAttribute('data-theme', 'light')
})

test('every control can be reached and seen by keyboard', async ({ enter, newPage }) => {
  const path = await newPage('Keys')
  const ann = await enter()
  await ann.open(path)
  const { keyboard } = ann.page

  await ann.tree.getByRole('link', { name: 'Keys' }).focus()
  await keyboard.press('Tab')
  await expect(ann.tree.getByRole('button', { name: 'More about Keys' })).toBeFocused()
  await keyboard.press('Enter')
  await expect(ann.page.getByRole('menuitem', { name: 'Rename' })).toBeFocused()
  await keyboard.press('ArrowDown')
  await expect(ann.page.getByRole('menuitem', { name: 'Move to…' })).toBeFocused()
  await keyboard.press('Escape')
  await expect(ann.tree.getByRole('button', { name: 'More about Keys' })).toBeFocused()
  const outline = await ann.page.evaluate(() => getComputedStyle(document.activeElement ?? document.body).outlineStyle)
  expect(outline).toBe('solid')
})

test('a first visit loads no more JavaScript than it may, and nothing from elsewhere', async ({
  browser,
  newPage,
  owner,
  serverUrl,
  visit,
}) => {
  const path = await newPage('Budget')
  for (const [where, budget] of [
    [path, PAGE_BUDGET_BYTES],
    ['/trash', OTHER_BUDGET_BYTES],
    ['/settings/members', OTHER_BUDGET_BYTES],
    ['/sign-in', OTHER_BUDGET_BYTES],
  ] as const) {
    const ann = where === '/sign-in' ? await visit() : await Person.enter(browser, owner)
    const sizes: Promise<number>[] = []
    const elsewhere: string[] = []
    ann.page.on('response', (response) => {
      if (!response.url().startsWith(serverUrl)) elsewhere.push(response.url())
      if (response.url().endsWith('.js')) sizes.push(response.body().then((body) => gzipSync(body).length))
    })

    await ann.page.goto(where, { waitUntil: 'networkidle' })

    const bytes = (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0)
    expect(elsewhere).toEqual([])
    expect(bytes).toBeLessThanOrEqual(budget)
    expect(bytes).toBeGreaterThan(budget / 3)
  }
})
