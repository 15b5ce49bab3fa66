import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { watch } from 'node:fs'
import { promisify } from 'node:util'
import { afterEach, expect, test } from 'vitest'
import { freePorts, Stacks } from './stacks.ts'
import { post, Wire } from './wire.ts'

const stacks = new Stacks()
const programs: Program[] = []

afterEach(async () => {
  for (const program of programs.splice(0)) await program.kill()
  await stacks.clear()
})

/** `npm start`, without npm. */
class Program {
  readonly #process: ChildProcess
  readonly #ended: Promise<unknown[]>
  output = ''
  errors = ''

  constructor(environment: Record<string, string>) {
    const { PATH = '' } = process.env
    this.#process = spawn(process.execPath, ['local/main.ts'], { env: { PATH, ...freePorts, ...environment } })
    this.#ended = once(this.#process, 'close')
    this.#process.stdout!.on('data', (text) => {
      this.output += text
    })
    this.#process.stderr!.on('data', (text) => {
      this.errors += text
    })
    programs.push(this)
  }

  /** Resolves when that was printed. */
  async prints(text: string): Promise<this> {
    while (!this.output.includes(text)) {
      const outcome = await Promise.race([once(this.#process.stdout!, 'data'), this.#ended.then(() => 'ended')])
      if (outcome === 'ended' && !this.output.includes(text)) throw new Error(`It ended: ${this.output}${this.errors}`)
    }
    return this
  }

  /** After "Ctrl-C stops it", when everything is printed. */
  get url(): string {
    return /Village is up: (http:\S+)\//.exec(this.output)![1]!
  }

  signal(name: NodeJS.Signals): void {
    this.#process.kill(name)
  }

  /** The exit code. */
  async exit(): Promise<number | null> {
    const [code] = await this.#ended
    return code as number | null
  }

  async kill(): Promise<void> {
    this.#process.kill('SIGKILL')
    await this.#ended
  }
}

const start = async (folder?: string, environment: Record<string, string> = {}): Promise<Program> =>
  new Program({ IMPS_DATA_DIR: folder ?? (await stacks.usedFolder()), ...environment })

const started = async (folder?: string) => (await start(folder)).prints('Ctrl-C stops it.')

/** A request whose body has not come yet. */
async function requestUnderWay({ url }: Program): Promise<Wire> {
  const wire = new Wire(url).send(post('', { headers: 'Expect: 100-continue\r\n', length: 4 }))
  await wire.answer()
  return wire
}

test('The first start prints addresses, settings, accounts and a login that can be pasted in a shell', async () => {
  const { output, url } = await started(await stacks.newFolder())
  expect(output).toContain('DynamoDB:      http://127.0.0.1:')
  expect(output).toMatch(/IMPS_DOMAIN +localhost/)
  expect(output).toMatch(/romeo {3}\S{10}\n/)
  const command = /^ {2}(curl .*)$/m.exec(output)![1]!
  // The shell reads the command; instead of curl it gets what shows how it has read it.
  const asRead = `curl() { for one in "$@"; do printf '%s\\0' "$one"; done; }; ${command}`
  const words = (await promisify(execFile)('sh', ['-c', asRead])).stdout.split('\0')
  expect(words).toContain('Content-Type: application/vnd.wv.csp.xml')
  expect(words).toContain(`${url}/`)
  const body = words.find((word) => word.startsWith('<'))!
  const headers = { 'content-type': 'application/vnd.wv.csp.xml' }
  const answer = await (await fetch(url, { method: 'POST', body, headers })).text()
  expect(answer).toMatch(/<Code>200<\/Code>.*<SessionID>/s)
})

test('Later starts print no password', async () => {
  const folder = await stacks.newFolder()
  const first = await started(folder)
  first.signal('SIGTERM')
  expect(await first.exit()).toBe(0)
  const { output } = await started(folder)
  expect(output).not.toContain('romeo')
  expect(output).toContain('account add NAME --local')
})

test('A signal during the start stops it as well', async () => {
  const folder = await stacks.newFolder()
  const program = await start(folder)
  const watcher = watch(folder)
  await once(watcher, 'change')
  watcher.close()
  program.signal('SIGTERM')
  expect(await program.exit()).toBe(0)
  expect((await stacks.start(folder)).demoAccounts).toEqual([])
})

test.each(['SIGTERM', 'SIGINT'] as const)('%s answers what is under way, then ends it with 0', async (signal) => {
  const folder = await stacks.newFolder()
  const program = await started(folder)
  const wire = await requestUnderWay(program)
  program.signal(signal)
  await program.prints('Stopping')
  expect((await wire.send('<x/>').answer()).status).toBe(400)
  expect(await program.exit()).toBe(0)
  expect(program.errors).toBe('')
  await stacks.start(folder)
})

test('The same signal twice at once is one key press; another signal ends it at once', async () => {
  const program = await started()
  await requestUnderWay(program)
  program.signal('SIGINT')
  await program.prints('Stopping')
  program.signal('SIGINT')
  program.signal('SIGTERM')
  expect(await program.exit()).toBe(130)
})

test('A port that is in use is said in a sentence, and nothing is left running', async () => {
  const { url } = await stacks.start()
  const program = await start(undefined, { IMPS_PORT: new URL(url).port })
  expect(await program.exit()).toBe(1)
  expect(program.errors).toBe(`Port ${new URL(url).port} is in use by another program. IMPS_PORT takes another one.\n`)
  expect(program.output).toBe('')
})

test('A bad setting is said in a sentence', async () => {
  const program = await start(undefined, { IMPS_RETENTION_FACTOR: '0' })
  expect(await program.exit()).toBe(1)
  expect(program.errors).toBe('IMPS_RETENTION_FACTOR: 0 is not usable; it wants a number over 0.\n')
})

test('Warnings are printed', async () => {
  const program = await start(undefined, { IMPS_RETENTION_FACTOR: '4', IMPS_TYPO: 'x' })
  await program.prints('Ctrl-C stops it.')
  expect(program.output).toMatch(/Warning: IMPS_RETENTION_FACTOR: .*R8/)
  expect(program.output).toContain('Warning: IMPS_TYPO')
})

test('A second stack on the same data is told so; one that was killed leaves no lock', async () => {
  const folder = await stacks.newFolder()
  const first = await started(folder)
  const second = await start(folder)
  expect(await second.exit()).toBe(1)
  expect(second.errors).toContain(`The data in ${folder} are in use`)
  await first.kill()
  await started(folder)
})
