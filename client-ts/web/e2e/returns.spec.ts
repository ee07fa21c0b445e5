import { expect, test } from './gala'
import { pageId } from './people'

/** An image as high as a photo. */
const PHOTO = '<svg xmlns="http://www.w3.org/2000/svg" width="600" height="400"><rect width="600" height="400"/></svg>'

test('whoever inserts an image or a divider goes on writing below it', async ({ enter, newPage, serverUrl }) => {
  const ann = await enter()
  await ann.page.route('**/photo.svg', async (route) => {
    // Long after it was inserted, as from far away.
    await new Promise((resolve) => setTimeout(resolve, 500))
    await route.fulfill({ contentType: 'image/svg+xml', body: PHOTO })
  })
  await ann.open(await newPage('Illustrated'))
  await ann.write('above\n'.repeat(30))

  await ann.page.keyboard.type('/image')
  await ann.page.keyboard.press('Enter')
  await ann.page.getByRole('textbox', { name: 'Address' }).fill(`${serverUrl}/photo.svg`)
  await ann.page.keyboard.press('Enter')
  await expect(ann.page.getByRole('dialog')).toBeHidden()
  await expect(ann.text.locator('img')).toBeInViewport({ ratio: 1 })
  await ann.page.keyboard.type('below the image')

  await expect(ann.text.locator('img + p')).toHaveText('below the image')
  await expect(ann.text.locator('img + p')).toBeInViewport()

  await ann.page.keyboard.press('Enter')
  await ann.page.keyboard.type('- a point')
  // The browser moves the caret by itself and tells the editor a moment later.
  const below = ann.text.locator('img + p')
  const box = await below.boundingBox()
  await below.click({ position: { x: (box?.width ?? 2) - 2, y: (box?.height ?? 2) / 2 } })
  const caret = () => ann.page.evaluate(() => document.getSelection()?.anchorOffset)
  await expect.poll(caret).toBe('below the image'.length)
  await ann.page.keyboard.type('\n/divider\nbelow the line')

  await expect(ann.text.locator('hr + p')).toHaveText('below the line')
  await expect(ann.text.locator('hr + p + ul')).toHaveText('a point')
  await expect(ann.text.locator('img')).toHaveCount(1)
})

test('a page that is restored elsewhere comes back to all who have it open', async ({ enter, newPage, owner }) => {
  const path = await newPage('Boomerang')
  const page = `pages/${pageId(path)}`
  const [ann, ben] = [await enter(), await enter()]
  await ann.open(path)
  await ben.open(path)
  await ann.write('once ')
  await expect(ben.text).toContainText('once')
  await expect(ann.saveNote).toHaveText('Saved')

  for (const word of ['twice ', 'thrice ']) {
    await owner.call('DELETE', page)
    for (const person of [ann, ben]) {
      await expect(person.page.getByRole('heading', { name: '“Boomerang” is in the trash' })).toBeVisible()
    }
    await owner.call('POST', `${page}/restore`)

    await expect(ann.saveNote).toHaveText('Saved')
    await expect(ben.saveNote).toHaveText('Saved')
    await ann.write(word)
    await expect(ben.text).toContainText(word.trim())
  }
  expect((await ben.words()).trim()).toBe('once twice thrice')
})

test('after renaming in the tree the focus is on the page that was renamed', async ({ enter, newPage }) => {
  const ann = await enter()
  await ann.open(await newPage('Caterpillar'))
  await ann.tree.getByRole('link', { name: 'Caterpillar' }).dblclick()
  await ann.page.keyboard.type('Butterfly')
  await ann.page.keyboard.press('Enter')

  await expect(ann.tree.getByRole('link', { name: 'Butterfly' })).toBeFocused()
})
