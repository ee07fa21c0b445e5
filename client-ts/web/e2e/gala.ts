import {
  type Browser,
  type BrowserContextOptions,
  test as base,
  expect,
  type Locator,
  type Page,
} from '@playwright/test'

import { GalaServer } from './server'

/** One browser with nothing shared with another: somebody of their own. */
export class Person {
  readonly page: Page

  private constructor(page: Page) {
    this.page = page
  }

  static async enter(browser: Browser, url: string, options: BrowserContextOptions = {}): Promise<Person> {
    const context = await browser.newContext({ baseURL: url, viewport: { width: 1280, height: 800 }, ...options })
    const page = await context.newPage()
    failOnBrokenPromises(page)
    return new Person(page)
  }

  get title(): Locator {
    return this.page.getByRole('textbox', { name: 'Title' })
  }

  get text(): Locator {
    return this.page.getByRole('textbox', { name: 'Page content' })
  }

  get saveNote(): Locator {
    return this.page.getByTestId('save-note')
  }

  get tree(): Locator {
    return this.page.getByRole('navigation', { name: 'Pages', exact: true })
  }

  /** What is written in the document, without the carets of others. */
  words(): Promise<string> {
    return this.text.evaluate((text) => {
      const copy = text.cloneNode(true) as Element
      for (const caret of copy.querySelectorAll('.remote-caret')) caret.remove()
      return copy.textContent ?? ''
    })
  }

  /** Opens a page and waits until it can be written in. */
  async open(path: string): Promise<void> {
    await this.page.goto(path)
    await expect(this.text).toBeVisible()
    await expect(this.saveNote).toHaveText('Saved')
  }

  /** Puts the caret at the end of the document and types. */
  async write(text: string): Promise<void> {
    await this.text.click()
    await this.page.keyboard.press('Control+End')
    await this.page.keyboard.type(text)
  }

  async leave(): Promise<void> {
    await this.page.context().close()
  }
}

/** What no page may ever do: throw, or try what the content security policy forbids. */
function failOnBrokenPromises(page: Page): void {
  page.on('pageerror', (error) => {
    throw error
  })
  page.on('console', (message) => {
    if (message.text().includes('Content Security Policy')) throw new Error(message.text())
  })
}

interface Fixtures {
  /** A server that the test may kill. */
  ownServer: GalaServer
  /** Makes a page and answers with its path. */
  newPage: (title: string, parentId?: string) => Promise<string>
  /** Somebody who comes to the shared server. */
  enter: (options?: BrowserContextOptions) => Promise<Person>
}

export const test = base.extend<Fixtures, { serverUrl: string }>({
  serverUrl: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the names of the fixtures from the pattern.
    async ({}, use) => {
      const running = process.env.GALA_E2E_URL
      if (running !== undefined) return use(running)
      const server = await GalaServer.start()
      await use(server.url)
      await server.remove()
    },
    { scope: 'worker' },
  ],

  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the names of the fixtures from the pattern.
  ownServer: async ({}, use) => {
    test.skip(process.env.GALA_E2E_URL !== undefined, 'a server that others use is not killed')
    const server = await GalaServer.start()
    await use(server)
    await server.remove()
  },

  newPage: async ({ serverUrl }, use) => {
    await use((title, parentId) => createPage(serverUrl, title, parentId))
  },

  enter: async ({ browser, serverUrl }, use) => {
    const people: Person[] = []
    await use(async (options) => {
      const person = await Person.enter(browser, serverUrl, options)
      people.push(person)
      return person
    })
    for (const person of people) await person.leave()
  },
})

/** Makes a page over REST and answers with its path. */
export async function createPage(url: string, title: string, parentId?: string): Promise<string> {
  const workspaces = await (await fetch(`${url}/api/v1/workspaces`)).json()
  const answer = await fetch(`${url}/api/v1/workspaces/${workspaces.items[0].id}/pages`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ title, ...(parentId === undefined ? {} : { parent_id: parentId }) }),
  })
  expect(answer.status).toBe(201)
  const { id } = await answer.json()
  return `/p/${id}`
}

export { expect } from '@playwright/test'
