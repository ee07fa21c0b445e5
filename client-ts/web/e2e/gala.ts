import {
  type Browser,
  type BrowserContextOptions,
  test as base,
  expect,
  type Locator,
  type Page,
} from '@playwright/test'

import { type Member, People } from './people'
import { GalaServer } from './server'

/** One browser with nothing shared with another: somebody of their own. */
export class Person {
  readonly page: Page

  private constructor(page: Page) {
    this.page = page
  }

  /** Somebody who is signed in. */
  static enter(browser: Browser, member: Member, options: BrowserContextOptions = {}): Promise<Person> {
    return Person.visit(browser, member.url, { storageState: member.state, ...options })
  }

  /** Somebody whom the server has never seen. */
  static async visit(browser: Browser, url: string, options: BrowserContextOptions = {}): Promise<Person> {
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

  /** Opens a page and waits until it can be read, but not written in. */
  async view(path: string): Promise<void> {
    await this.page.goto(path)
    await expect(this.text).toBeVisible()
    await expect(this.saveNote).toHaveText('View only')
  }

  /** Chooses something in the menu of a button. */
  async choose(button: string | RegExp, item: string | RegExp): Promise<void> {
    await this.page.getByRole('button', { name: button }).click()
    await this.page.getByRole('menuitem', { name: item }).click()
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
  /** A server that the test may kill, and on which nobody has an account yet. */
  ownServer: GalaServer
  /** Whoever made the first account of the shared server. */
  owner: Member
  /** Makes a page and answers with its path. */
  newPage: (title: string, parentId?: string) => Promise<string>
  /** Somebody who comes to the shared server, signed in: first its owner, then one editor after the other. */
  enter: (options?: BrowserContextOptions) => Promise<Person>
  /** Somebody who comes to the shared server and is not signed in. */
  visit: (options?: BrowserContextOptions) => Promise<Person>
}

interface WorkerFixtures {
  serverUrl: string
  people: People
}

export const test = base.extend<Fixtures, WorkerFixtures>({
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

  people: [async ({ serverUrl }, use) => use(new People(serverUrl)), { scope: 'worker' }],

  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the names of the fixtures from the pattern.
  ownServer: async ({}, use) => {
    test.skip(process.env.GALA_E2E_URL !== undefined, 'a server that others use is not killed')
    const server = await GalaServer.start()
    await use(server)
    await server.remove()
  },

  owner: async ({ people }, use) => use(await people.owner),

  newPage: async ({ owner }, use) => use((title, parentId) => owner.page(title, parentId)),

  enter: async ({ browser, people }, use) => {
    const entered: Person[] = []
    await use(async (options) => {
      const person = await Person.enter(browser, await people.at(entered.length), options)
      entered.push(person)
      return person
    })
    for (const person of entered) await person.leave()
  },

  visit: async ({ browser, serverUrl }, use) => {
    const visitors: Person[] = []
    await use(async (options) => {
      const person = await Person.visit(browser, serverUrl, options)
      visitors.push(person)
      return person
    })
    for (const person of visitors) await person.leave()
  },
})

export { expect } from '@playwright/test'
