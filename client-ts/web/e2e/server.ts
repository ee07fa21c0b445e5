import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'

/** Milliseconds a server may take until it is ready. */
const READY_WITHIN_MS = 20_000
/** Milliseconds a mail may take. */
const MAILED_WITHIN_MS = 20_000

/** A server with a data directory of its own, which can be killed and started again. */
export class GalaServer {
  readonly url: string
  readonly #port: number
  readonly #directory: string
  #process: ChildProcess | undefined
  /** What it has said, which is where mails go when nothing sends them. */
  #said = ''

  private constructor(port: number, directory: string) {
    this.url = `http://127.0.0.1:${port}`
    this.#port = port
    this.#directory = directory
  }

  static async start(): Promise<GalaServer> {
    const server = new GalaServer(await freePort(), await mkdtemp(join(tmpdir(), 'gala-e2e-')))
    await server.restart()
    return server
  }

  /** Starts it on the same port and the same data. */
  async restart(): Promise<void> {
    const binary = process.env.GALA_BIN ?? resolve(import.meta.dirname, '../../../target/debug/gala')
    const settings = ['--listen', `127.0.0.1:${this.#port}`, '--data-dir', this.#directory, '--log-level', 'info']
    this.#process = spawn(binary, ['serve', ...settings], { stdio: ['ignore', 'pipe', 'pipe'] })
    for (const stream of [this.#process.stdout, this.#process.stderr]) {
      stream?.on('data', (text: Buffer) => {
        this.#said += text.toString()
      })
    }
    const deadline = Date.now() + READY_WITHIN_MS
    while (!(await this.#isReady())) {
      if (this.#process.exitCode !== null) {
        throw new Error(`${binary} ended with ${this.#process.exitCode}: ${this.#said}`)
      }
      if (Date.now() > deadline) throw new Error(`${binary} is not ready after ${READY_WITHIN_MS} ms`)
      await pause(50)
    }
  }

  /** The last link to a path that was mailed to anybody. */
  async mailedLink(path: string): Promise<string> {
    const link = new RegExp(`https?://[^\\s"\\\\]+${path}/[\\w.~-]+`, 'g')
    const deadline = Date.now() + MAILED_WITHIN_MS
    for (;;) {
      const last = this.#said.match(link)?.at(-1)
      if (last !== undefined) return last
      if (Date.now() > deadline) throw new Error(`no link to ${path} was mailed`)
      await pause(50)
    }
  }

  /** Ends it in the middle of whatever it does (SIGKILL). */
  async kill(): Promise<void> {
    const running = this.#process
    if (running === undefined || running.exitCode !== null) return
    const ended = new Promise((resolve) => running.once('exit', resolve))
    running.kill('SIGKILL')
    await ended
    this.#process = undefined
  }

  async remove(): Promise<void> {
    await this.kill()
    await rm(this.#directory, { recursive: true, force: true })
  }

  async #isReady(): Promise<boolean> {
    return fetch(`${this.url}/health/ready`).then(
      (answer) => answer.ok,
      () => false,
    )
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() =>
        typeof address === 'object' && address !== null ? resolve(address.port) : reject(new Error('no port')),
      )
    })
  })
}
