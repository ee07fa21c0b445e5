import { expect, test } from './gala'

test('two people see each other’s text, carets and names', async ({ enter, newPage }) => {
  const path = await newPage('Together')
  const [ann, ben] = [await enter(), await enter()]
  await ann.open(path)
  await ben.open(path)

  await ann.write('From Ann. ')
  await expect(ben.text).toContainText('From Ann.')
  await ben.write('From Ben.')
  await expect(ann.text).toContainText('From Ann. From Ben.')

  const nameOfBen = await ben.page.evaluate(async () => (await (await fetch('/api/v1/me')).json()).name)
  await expect(ann.page.locator('.remote-caret-name')).toHaveAttribute('data-name', nameOfBen)
  await expect(ann.page.getByRole('list', { name: 'Also here' }).getByRole('img', { name: nameOfBen })).toBeVisible()
  await expect(ann.saveNote).toHaveText('Saved')
  await expect(ben.saveNote).toHaveText('Saved')
})

test('somebody who leaves is no longer shown', async ({ enter, newPage }) => {
  const path = await newPage('Leaving')
  const [ann, ben] = [await enter(), await enter()]
  await ann.open(path)
  await ben.open(path)
  await expect(ann.page.getByRole('list', { name: 'Also here' })).toBeVisible()

  await ben.page.goto('/trash')

  await expect(ann.page.getByRole('list', { name: 'Also here' })).toBeHidden()
})

test('both may write the title at once, and the tree shows it as it is typed', async ({ enter, newPage }) => {
  const path = await newPage('middle')
  const [ann, ben] = [await enter(), await enter()]
  await ann.open(path)
  await ben.open(path)

  await ann.title.click()
  await ann.page.keyboard.press('Home')
  await ben.title.click()
  await ben.page.keyboard.press('End')
  await Promise.all([ann.page.keyboard.type('before ', { delay: 20 }), ben.page.keyboard.type(' after', { delay: 20 })])

  await expect(ann.title).toHaveValue('before middle after')
  await expect(ben.title).toHaveValue('before middle after')
  await expect(ann.tree.getByRole('link', { name: 'before middle after' })).toBeVisible()
  await expect(ann.page).toHaveTitle('before middle after – Gala')
})

test('undo takes back what I wrote, not what others wrote', async ({ enter, newPage }) => {
  const path = await newPage('Undo')
  const [ann, ben] = [await enter(), await enter()]
  await ann.open(path)
  await ben.open(path)
  await ann.write('mine ')
  await expect(ben.text).toContainText('mine')
  await ben.write('yours')
  await expect(ann.text).toContainText('mine yours')

  await ann.page.keyboard.press('Control+z')

  await expect.poll(() => ann.words()).toBe('yours')
  await expect.poll(() => ben.words()).toBe('yours')
})

test('the title has an undo of its own', async ({ enter, newPage }) => {
  const ann = await enter()
  await ann.open(await newPage('Before'))

  await ann.title.press('End')
  await ann.page.keyboard.type(' and after')
  await ann.page.keyboard.press('Control+z')

  await expect(ann.title).toHaveValue('Before')
})
