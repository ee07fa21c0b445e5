import { expect, type Person, test } from './gala'

async function choose(person: Person, title: string, action: string): Promise<void> {
  await person.tree.getByRole('link', { name: title, exact: true }).hover()
  await person.tree.getByRole('button', { name: `More about ${title}` }).click()
  await person.page.getByRole('menuitem', { name: action }).click()
}

/** Lets a page wait for its next frame as long as on a busy machine. */
async function drawLate(person: Person): Promise<void> {
  await person.page.evaluate(() => {
    window.requestAnimationFrame = (callback) => window.setTimeout(() => callback(performance.now()), 500)
  })
}

test('a page is made, written, found by its address, and nested', async ({ enter, newPage }) => {
  await newPage('Before')
  const ann = await enter()
  await ann.page.goto('/')

  await ann.page.getByRole('button', { name: 'New page' }).click()
  await expect(ann.page).toHaveURL(/\/p\//)
  await expect(ann.title).toBeFocused()
  await ann.page.keyboard.type('Outer')
  await ann.title.press('Enter')
  await ann.page.keyboard.type('Straight on')
  await expect(ann.text).toHaveText('Straight on')
  await ann.tree.getByRole('link', { name: 'Outer' }).hover()
  await ann.tree.getByRole('button', { name: 'Add a page inside Outer' }).click()
  await expect(ann.title).toHaveValue('')
  await ann.title.fill('Inner')

  await expect(ann.saveNote).toHaveText('Saved')
  await ann.page.reload()
  await expect(ann.title).toHaveValue('Inner')
  const above = ann.page.getByRole('navigation', { name: 'Where this page stands' })
  await expect(above.getByRole('link')).toHaveText(['Outer', 'Inner'])
  await above.getByRole('link', { name: 'Outer' }).click()
  await expect(ann.text).toHaveText('Straight on')
})

test('whoever types faster than the page is drawn loses no letter between the title and the text', async ({
  enter,
}) => {
  const ann = await enter()
  await ann.page.goto('/')
  await ann.page.getByRole('button', { name: 'New page' }).click()
  await expect(ann.title).toBeFocused()
  await drawLate(ann)

  await ann.page.keyboard.type('Hasty\nStraight on')

  await expect(ann.text).toHaveText('Straight on')
  await expect(ann.title).toHaveValue('Hasty')
})

test('renaming in the tree renames the open page for everybody', async ({ enter, newPage }) => {
  const path = await newPage('Old name')
  const [ann, ben] = [await enter(), await enter()]
  await ann.open(path)
  await ben.open(path)

  await choose(ann, 'Old name', 'Rename')
  await ann.page.keyboard.type('New name')
  await ann.page.keyboard.press('Enter')

  await expect(ann.title).toHaveValue('New name')
  await expect(ben.title).toHaveValue('New name')
  await expect(ben.tree.getByRole('link', { name: 'New name' })).toBeVisible()
})

test('a page is moved from the menu and by dragging', async ({ enter, newPage }) => {
  const home = await newPage('Home of moves')
  await newPage('Wanderer')
  const ann = await enter()
  await ann.open(home)
  const wanderer = ann.tree.getByRole('link', { name: 'Wanderer' })

  await choose(ann, 'Wanderer', 'Move to…')
  await ann.page.getByRole('combobox').fill('homemov')
  await ann.page.keyboard.press('Enter')
  await expect(wanderer).toBeHidden()
  await ann.tree.getByRole('button', { name: 'Pages inside Home of moves' }).click()
  await expect(wanderer).toBeVisible()

  const row = ann.tree.getByRole('link', { name: 'Home of moves' })
  await wanderer.dragTo(row, { targetPosition: { x: 40, y: 2 } })
  await expect(ann.tree.getByRole('button', { name: 'Pages inside Home of moves' })).toBeHidden()
  await ann.page.reload()
  await expect(wanderer).toBeVisible()
  const titles = await ann.tree.getByRole('link').allTextContents()
  expect(titles.indexOf('Wanderer')).toBe(titles.indexOf('Home of moves') - 1)
})

test('a deleted page goes to the trash with what is below it, and comes back', async ({ enter, newPage }) => {
  const outer = await newPage('Doomed')
  await newPage('Doomed child', outer.slice('/p/'.length))
  const ann = await enter()
  await ann.open(outer)
  await ann.write('still here')
  await expect(ann.saveNote).toHaveText('Saved')

  await choose(ann, 'Doomed', 'Delete')
  await expect(ann.tree.getByRole('link', { name: 'Doomed', exact: true })).toBeHidden()
  await expect(ann.page).not.toHaveURL(new RegExp(outer))
  await ann.page.getByRole('link', { name: 'Trash' }).click()
  await expect(ann.page.getByText('with 1 page inside')).toBeVisible()
  await ann.page.getByRole('button', { name: 'Restore Doomed', exact: true }).click()

  await ann.tree.getByRole('link', { name: 'Doomed', exact: true }).click()
  await expect(ann.text).toHaveText('still here')
})

test('a deletion can be undone on the spot', async ({ enter, newPage }) => {
  const path = await newPage('Regretted')
  const ann = await enter()
  await ann.open(path)

  await choose(ann, 'Regretted', 'Delete')
  await ann.page.getByRole('button', { name: 'Undo' }).click()

  await expect(ann.tree.getByRole('link', { name: 'Regretted' })).toBeVisible()
})

test('whoever reads a page that somebody deletes is told, and can restore it', async ({ enter, newPage }) => {
  const path = await newPage('Pulled away')
  const [ann, ben] = [await enter(), await enter()]
  await ann.open(path)
  await ben.open(path)

  await choose(ann, 'Pulled away', 'Delete')

  await expect(ben.page.getByRole('heading', { name: '“Pulled away” is in the trash' })).toBeVisible()
  await ben.page.getByRole('button', { name: 'Restore it' }).click()
  await expect(ben.text).toBeVisible()
  await expect(ben.saveNote).toHaveText('Saved')
})

test('an address that leads nowhere says so', async ({ enter }) => {
  const ann = await enter()

  await ann.page.goto('/p/01890000-0000-7000-8000-000000000000')
  await expect(ann.page.getByRole('heading', { name: 'There is no such page' })).toBeVisible()
  await ann.page.goto('/nowhere')
  await expect(ann.page.getByRole('heading', { name: 'There is nothing here' })).toBeVisible()
})

test('Ctrl-K goes to any page by a few letters', async ({ enter, newPage }) => {
  const path = await newPage('Quarterly numbers')
  const ann = await enter()
  await ann.page.goto('/trash')

  await ann.page.keyboard.press('Control+k')
  await ann.page.getByRole('combobox').fill('qnum')
  await ann.page.keyboard.press('Enter')

  await expect(ann.page).toHaveURL(new RegExp(path))
})

test('in a narrow window the pages are in a drawer', async ({ enter, newPage }) => {
  const path = await newPage('Pocket')
  const ann = await enter({ viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true })
  await ann.open(path)
  await expect(ann.tree).toBeHidden()

  await ann.page.getByRole('button', { name: 'Pages', exact: true }).tap()
  await ann.tree.getByRole('link', { name: 'Pocket' }).tap()

  await expect(ann.tree).toBeHidden()
  const overflow = await ann.page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
  expect(overflow).toBeLessThanOrEqual(0)
})

test('a start without a server says so, and goes on by itself when it is there', async ({ enter, newPage }) => {
  await newPage('Patience')
  const ann = await enter()
  await ann.page.route('**/api/**', (route) => route.abort())
  await ann.page.goto('/')
  await expect(ann.page.getByRole('heading', { name: 'The server does not answer' })).toBeVisible()

  await ann.page.unroute('**/api/**')

  await expect(ann.text).toBeVisible()
})

test('code that cannot be fetched is told, and is not the end of the application', async ({ enter, newPage }) => {
  const path = await newPage('Broken')
  const ann = await enter()
  await ann.page.route('**/editor-*.js', (route) => route.abort())
  await ann.page.goto(path)

  await expect(ann.page.getByRole('heading', { name: 'This did not work' })).toBeVisible()
  await expect(ann.tree.getByRole('link', { name: 'Broken' })).toBeVisible()
})
