/** The password of everybody in the tests. */
export const PASSWORD = 'correct horse battery'

/** Those who are made in turn: the first owns the server, the others are editors it has invited. */
const NAMES = ['Ann', 'Ben', 'Cleo', 'Dan'] as const

/** One cookie, as Playwright wants it. */
interface Cookie {
  name: string
  value: string
  domain: string
  path: string
  expires: number
  httpOnly: boolean
  secure: boolean
  sameSite: 'Lax' | 'Strict' | 'None'
}

/** What a browser that somebody has signed in with remembers. */
export interface BrowserState {
  cookies: Cookie[]
  origins: { origin: string; localStorage: { name: string; value: string }[] }[]
}

/** Those who have accounts on one server. Each is made once, however many tests need them. */
export class People {
  readonly #url: string
  readonly #made: Promise<Member>[] = []

  constructor(url: string) {
    this.#url = url
  }

  /** Whoever made the first account. */
  get owner(): Promise<Member> {
    return this.at(0)
  }

  /** The first is the owner, the others are editors. */
  at(index: number): Promise<Member> {
    const name = NAMES[index]
    if (name === undefined) throw new Error(`there are only ${NAMES.length} people`)
    this.#made[index] ??= index === 0 ? Member.register(this.#url, name) : this.invite(name, 'editor')
    return this.#made[index]
  }

  /** Makes an account that belongs to the owner's workspace. */
  async invite(name: string, role: string): Promise<Member> {
    const owner = await this.owner
    const { id } = await owner.workspace()
    const invitation = await owner.call('POST', `workspaces/${id}/invitations`, { role })
    const token = String(invitation.url).split('/').at(-1) ?? ''
    return Member.register(this.#url, name, token)
  }
}

/** Somebody with an account, as a program and as a browser. */
export class Member {
  readonly id: string
  readonly name: string
  readonly email: string
  readonly url: string
  readonly state: BrowserState
  readonly #csrfToken: string

  private constructor(url: string, { user, csrf_token }: SignedIn, cookies: Cookie[]) {
    this.id = user.id
    this.name = user.name
    this.email = user.email
    this.url = url
    this.#csrfToken = csrf_token
    this.state = { cookies, origins: [{ origin: url, localStorage: [{ name: 'gala:principal', value: user.id }] }] }
  }

  static async register(url: string, name: string, invitation?: string): Promise<Member> {
    const email = `${name.toLowerCase()}@example.org`
    const account = { email, password: PASSWORD, name, mode: 'cookie' }
    return Member.#enter(url, 'register', invitation === undefined ? account : { ...account, invitation })
  }

  /** Signs in once more: another device of the same person. */
  async again(): Promise<Member> {
    return Member.#enter(this.url, 'login', { email: this.email, password: PASSWORD, mode: 'cookie' })
  }

  static async #enter(url: string, how: 'register' | 'login', body: object): Promise<Member> {
    const answer = await fetch(`${url}/api/v1/auth/${how}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    if (!answer.ok) throw new Error(`${how}: ${answer.status} ${await answer.text()}`)
    const cookies = answer.headers.getSetCookie().map((line) => parseCookie(line, new URL(url)))
    return new Member(url, await answer.json(), cookies)
  }

  /** Asks the server as this person, by cookie. */
  fetch(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers)
    headers.set('cookie', this.state.cookies.map(({ name, value }) => `${name}=${value}`).join('; '))
    headers.set('x-csrf-token', this.#csrfToken)
    return fetch(`${this.url}/api/v1/${path}`, { ...init, headers })
  }

  /** The same with JSON both ways; throws unless it works. */
  // biome-ignore lint/suspicious/noExplicitAny: a test reads what it needs of an answer, and fails if it is not there.
  async call(method: string, path: string, body?: object): Promise<any> {
    const answer = await this.fetch(path, {
      method,
      headers: { accept: 'application/json', ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await answer.text()
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`)
    return text === '' ? undefined : JSON.parse(text)
  }

  /** The first workspace this person belongs to. */
  async workspace(): Promise<{ id: string; name: string }> {
    const { items } = await this.call('GET', 'workspaces')
    return items[0]
  }

  /** Makes a page and answers with its path. */
  async page(title: string, parentId?: string): Promise<string> {
    const { id } = await this.workspace()
    const page = { title, ...(parentId === undefined ? {} : { parent_id: parentId }) }
    return `/p/${(await this.call('POST', `workspaces/${id}/pages`, page)).id}`
  }

  /** What opens a room's socket for a client that has no cookie. */
  async roomToken(room: string, access = 'write'): Promise<string> {
    return (await this.call('POST', `rooms/${room}/tokens`, { access, expires_in_s: null })).token
  }
}

interface SignedIn {
  user: { id: string; name: string; email: string }
  csrf_token: string
}

function parseCookie(line: string, { hostname }: URL): Cookie {
  const [pair = '', ...attributes] = line.split(/;\s*/)
  const named = new Map(
    attributes.map((attribute) => [attribute.split('=')[0]?.toLowerCase(), attribute.split('=')[1]]),
  )
  return {
    name: pair.slice(0, pair.indexOf('=')),
    value: pair.slice(pair.indexOf('=') + 1),
    domain: hostname,
    path: named.get('path') ?? '/',
    expires: -1,
    httpOnly: named.has('httponly'),
    secure: named.has('secure'),
    sameSite: 'Lax',
  }
}

/** The id of the page at a path. */
export function pageId(path: string): string {
  return path.slice('/p/'.length)
}
