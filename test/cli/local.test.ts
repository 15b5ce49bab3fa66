import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { HttpPhone, Stacks } from '../local/stacks.ts'
import { addCheapAccount } from '../support/village.ts'
import { type Environment, operator } from './operator.ts'

const stacks = new Stacks()
afterEach(() => stacks.clear())

/** No stack answers on this port. */
const nowhere = { IMPS_DYNAMODB_PORT: '0' }

describe('--local', () => {
  test('finds the running stack by its data folder, whatever its ports', async () => {
    const stack = await stacks.start()
    await addCheapAccount(stack.village, 'ann', 'pw')
    const imps = operator({ IMPS_DATA_DIR: stack.folder.path, ...nowhere })
    expect((await imps('account list --local')).out).toMatch(/^ann/m)
  })

  test('finds the running stack by its port, whatever its data folder, and uses its key', async () => {
    const stack = await stacks.start()
    const imps = operator({ IMPS_DYNAMODB_PORT: new URL(stack.dynamodbUrl).port })
    expect((await imps('account add ann --password pw --local')).code).toBe(0)
    expect((await new HttpPhone(stack).loginByDigest()).code).toBe(200)
  })

  test('takes the folder that was named, not another one’s stack on the port', async () => {
    const other = await stacks.start()
    const imps = operator({
      IMPS_DATA_DIR: await closedFolder(),
      IMPS_DYNAMODB_PORT: new URL(other.dynamodbUrl).port,
    })
    expect((await imps('account list --local')).out).toMatch(/^ann/m)
  })

  test('opens the data itself when no stack runs, and leaves them for the next', async () => {
    const folder = await closedFolder()
    const imps = operator({ IMPS_DATA_DIR: folder, ...nowhere })
    expect((await imps('account add bob --password pw --local')).code).toBe(0)
    expect((await imps('account list --local --json')).json.accounts).toHaveLength(2)
    const stack = await stacks.start(folder)
    expect((await new HttpPhone(stack, { user: 'bob' }).loginByDigest()).code).toBe(200)
  })

  test('waits for another command that has the data', async () => {
    const imps = operator({ IMPS_DATA_DIR: await closedFolder(), ...nowhere })
    const names = ['one', 'two', 'three']
    const said = await Promise.all(names.map((name) => imps(`account add ${name} --password pw --local`)))
    expect(said.map(({ code }) => code)).toEqual([0, 0, 0])
    expect((await imps('account list --local --json')).json.accounts).toHaveLength(4)
  })

  test('says how to start a stack where there are no data', async () => {
    const folder = join(await stacks.newFolder(), 'none')
    const said = await operator({ IMPS_DATA_DIR: folder, ...nowhere })('account list --local')
    expect(said).toMatchObject({ code: 1, err: expect.stringMatching(/no data in .*none\. Start it: npm start\n/) })
  })

  test('has no use for the options of AWS', async () => {
    expect((await operator({})('account list --local --table x')).code).toBe(2)
  })
})

/** Data of a stack that does not run, with an account `ann`. */
async function closedFolder(): Promise<string> {
  const stack = await stacks.start()
  await addCheapAccount(stack.village, 'ann', 'pw')
  await stack.stop()
  return stack.folder.path
}

describe('a command that is wrongly written', () => {
  const imps = operator({})

  test.each([
    ['', /Which command/],
    ['account', /"account" is no command/],
    ['account frob', /"account frob" is no command/],
    ['account add', /Something is missing. Usage: imps account add NAME/],
    ['account add ann bob --local', /too much/],
    ['account list --frob', /--frob/],
    ['account list --local=yes', /--local/],
    ['account add ann --password', /--password/],
    ['account list', /Which service\? --local/],
  ])('%s', async (written, sentence) => {
    const said = await imps(written === '' ? [] : written)
    expect(said).toMatchObject({ code: 2, out: '', err: expect.stringMatching(sentence) })
    expect(said.err.trimEnd()).not.toContain('\n')
  })

  test('and everything else that fails is JSON with --json', async () => {
    const wrong = await imps('--json account frob')
    expect([wrong.code, JSON.parse(wrong.err)]).toEqual([2, { error: expect.stringContaining('no command') }])
    const bad = await operator({ IMPS_DOMAIN: '-' })('account list --local --json')
    expect([bad.code, JSON.parse(bad.err), bad.out]).toEqual([1, { error: expect.stringContaining('IMPS_DOMAIN') }, ''])
  })
})

describe('help', () => {
  const imps = operator({})

  test.each(['--help', '-h', 'help'])('%s lists every command', async (written) => {
    const { code, out } = await imps(written)
    expect(code).toBe(0)
    for (const name of ['account add', 'session list', 'system-message', 'doctor']) expect(out).toContain(name)
  })

  test('of some words lists the commands that begin with them', async () => {
    const { out } = await imps('session --help')
    expect(out).toContain('session show')
    expect(out).not.toContain('account add')
  })

  test.each(['account export --help', 'account export -h', '--help account export'])(
    '%s says what it holds',
    async (it) => {
      const { code, out } = await imps(it)
      expect([code, out]).toEqual([0, expect.stringContaining('whole SessionIDs')])
    },
  )
})

test('The program itself: password from a pipe, JSON out, exit code', async () => {
  const folder = await closedFolder()
  const run = (words: readonly string[], environment: Environment, input = '') =>
    new Promise<{ code: number; out: string; err: string }>((resolve) => {
      const { PATH = '' } = process.env
      const child = execFile(
        process.execPath,
        ['cli/main.ts', ...words],
        { env: { PATH, ...environment } },
        (error, out, err) => resolve({ code: Number(error?.code ?? 0), out, err }),
      )
      child.stdin!.end(input)
    })
  const environment = { IMPS_DATA_DIR: folder, ...nowhere, IMPS_RETENTION_FACTOR: '4' }
  const added = await run(['account', 'add', 'bob', '--local', '--json'], environment, 'pw\n')
  expect(added).toMatchObject({ code: 0, err: '' })
  expect(JSON.parse(added.out)).toMatchObject({ account: { name: 'bob' }, madeSealingKey: false })
  expect(await run(['account', 'show', 'zoe', '--local', '--json'], environment)).toEqual({
    code: 1,
    out: '',
    err: '{"error":"There is no account zoe."}\n',
  })
})
