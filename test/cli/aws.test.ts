import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { checkClock } from '../../cli/checks/clock.ts'
import { sentenceOf } from '../../cli/errors.ts'
import { parseSealingKeys } from '../../src/accounts/sealing.ts'
import { createStore } from '../../src/store/store.ts'
import { Stacks } from '../local/stacks.ts'
import { startDynalite } from '../support/dynalite.ts'
import { createRandomBytes } from '../support/random.ts'
import { operator } from './operator.ts'

const stacks = new Stacks()
const dynalite = await startDynalite()
const parameters = new Map<string, { value: string; type: string }>()

/** What the command needs of SSM: GetParameter, and PutParameter that never overwrites. */
const ssm = createServer(async (request, response) => {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  const { Name, Value, Type, Overwrite } = JSON.parse(Buffer.concat(chunks).toString())
  const answer = (status: number, body: object) => {
    response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(body))
  }
  const found = parameters.get(Name)
  if (request.headers['x-amz-target'] === 'AmazonSSM.GetParameter') {
    if (!found) return answer(400, { __type: 'ParameterNotFound' })
    return answer(200, { Parameter: { Name, Type: found.type, Value: found.value } })
  }
  if (found && !Overwrite) return answer(400, { __type: 'ParameterAlreadyExists' })
  parameters.set(Name, { value: Value, type: Type })
  answer(200, { Version: 1 })
})
await new Promise<void>((resolve) => ssm.listen(0, '127.0.0.1', resolve))

beforeEach(() => {
  vi.stubEnv('AWS_ENDPOINT_URL_SSM', `http://127.0.0.1:${(ssm.address() as AddressInfo).port}`)
  vi.stubEnv('AWS_REGION', 'eu-central-1')
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'key')
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret')
})
afterEach(() => {
  vi.unstubAllEnvs()
  parameters.clear()
})
afterAll(async () => {
  ssm.closeAllConnections()
  ssm.close()
  await dynalite.stop()
  await stacks.clear()
})

async function deployment() {
  const { table, name } = await dynalite.createNamedTable()
  const imps = operator({ IMPS_DYNAMODB_ENDPOINT: dynalite.endpoint, IMPS_TABLE: name })
  return { imps, name, accounts: createStore(table, createRandomBytes()).accounts }
}

describe('the sealing key', () => {
  test('is made with the first account, and stays', async () => {
    const { imps } = await deployment()
    const first = await imps('account add ann --password pw --key-parameter /village/key')
    expect(first).toMatchObject({ code: 0, out: expect.stringContaining('The sealing key /village/key was made') })
    const made = parameters.get('/village/key')!
    expect(made.type).toBe('SecureString')
    expect(Object.keys(parseSealingKeys(made.value).keys)).toHaveLength(1)
    const second = await imps('account add bob --password pw --key-parameter /village/key --json')
    expect(second.json).toMatchObject({ madeSealingKey: false })
    expect(parameters.get('/village/key')).toEqual(made)
    expect((await imps('doctor --key-parameter /village/key')).out).toMatch(/ok +sealing key +.*opens what is sealed/)
  })

  test('is not made anew where accounts were sealed with another', async () => {
    const { imps } = await deployment()
    await imps('account add ann --password pw --key-parameter /village/key')
    const said = await imps('account add bob --password pw --key-parameter /village/other')
    expect(said).toMatchObject({ code: 1, err: expect.stringContaining('no sealing key /village/other') })
    expect([...parameters.keys()]).toEqual(['/village/key'])
    expect((await imps('account list --json')).json.accounts).toHaveLength(1)
  })

  test('has to be named', async () => {
    const { imps } = await deployment()
    expect(await imps('account add ann --password pw')).toMatchObject({
      code: 2,
      err: expect.stringContaining('--key-parameter'),
    })
  })

  test('is not asked for where 4-way login is off', async () => {
    const { name, accounts } = await deployment()
    const imps = operator({
      IMPS_DYNAMODB_ENDPOINT: dynalite.endpoint,
      IMPS_TABLE: name,
      IMPS_FOUR_WAY_LOGIN: 'off',
    })
    expect((await imps('account add ann --password pw')).code).toBe(0)
    expect((await accounts.read('ann'))?.sealed).toBeUndefined()
    expect(parameters.size).toBe(0)
  })
})

describe('doctor', () => {
  test('finds nothing wrong with a local stack, running or not', async () => {
    const stack = await stacks.start()
    const imps = operator({ IMPS_DATA_DIR: stack.folder.path, IMPS_DYNAMODB_PORT: '0' })
    await imps('account add ann --password pw --local')
    const running = await imps('doctor --local --json')
    expect(running.code).toBe(0)
    expect(running.json).toMatchObject({ ok: true })
    expect(running.json.checks.map((one: { check: string; status: string }) => [one.check, one.status])).toEqual([
      ['endpoint', 'ok'],
      ['table', 'ok'],
      ['index', 'ok'],
      ['TTL', 'ok'],
      ['clock', 'ok'],
      ['sealing key', 'ok'],
      ['settings', 'ok'],
    ])
    await stack.stop()
    expect(await imps('doctor --local')).toMatchObject({ code: 0, out: expect.stringContaining('not running') })
  })

  test('fails where TTL is off', async () => {
    const { imps } = await deployment()
    expect(await imps('doctor')).toMatchObject({ code: 1, out: expect.stringMatching(/FAIL +TTL +is off/) })
  })

  test('fails where there is no table, and looks at the rest all the same', async () => {
    const said = await operator({ IMPS_DYNAMODB_ENDPOINT: dynalite.endpoint })('doctor --table nowhere')
    expect(said.code).toBe(1)
    expect(said.out).toMatch(/ok +endpoint/)
    expect(said.out).toMatch(/FAIL +table +there is no table nowhere/)
    expect(said.out).toMatch(/ok +settings/)
  })

  test('fails where nothing answers', async () => {
    const said = await operator({ IMPS_DYNAMODB_ENDPOINT: 'http://127.0.0.1:1' })('doctor --table village')
    expect(said).toMatchObject({ code: 1, out: expect.stringMatching(/FAIL +endpoint +Nothing answers/) })
  })

  test('fails where the key is another one than the accounts were sealed with', async () => {
    const { imps } = await deployment()
    await imps('account add ann --password pw --key-parameter /village/key')
    const { value } = parameters.get('/village/key')!
    const otherBytes = value.replace(/"([A-Za-z0-9+/]{42})/, `"${'A'.repeat(42)}`)
    parameters.set('/village/key', { value: otherBytes, type: 'SecureString' })
    const { out } = await imps('doctor --key-parameter /village/key')
    expect(out).toMatch(/FAIL +sealing key +.* is not the one/)
  })

  test('fails where the key is missing', async () => {
    const { imps } = await deployment()
    expect((await imps('doctor --key-parameter /none')).out).toMatch(/FAIL +sealing key +There is no such sealing key/)
  })

  test('warns of settings that are unwise', async () => {
    const stack = await stacks.start()
    const imps = operator({ IMPS_DATA_DIR: stack.folder.path, IMPS_RETENTION_FACTOR: '2' })
    expect(await imps('doctor --local')).toMatchObject({ code: 0, out: expect.stringMatching(/warn +settings +.*R8/) })
  })

  test.each([
    [0.9, 'ok', 'agrees'],
    [-4, 'ok', 'agrees'],
    [9, 'warn', '9 s ahead of'],
    [-60, 'warn', '60 s behind'],
    [undefined, 'warn', 'no date'],
  ])('judges a clock that is %s seconds ahead', (ahead, status, detail) => {
    expect(checkClock(ahead)).toMatchObject({ status, detail: expect.stringContaining(detail) })
  })
})

test.each([
  [{ name: 'CredentialsProviderError', message: 'x' }, /AWS_PROFILE/],
  [{ message: 'Region is missing' }, /AWS_REGION/],
  [{ name: 'AccessDeniedException', message: 'User may not' }, /AWS does not allow it: User may not/],
  [{ name: 'Error', code: 'ENOTFOUND', message: 'x' }, /AWS_REGION/],
  [new Error('something else'), /^something else$/],
])('%j becomes a sentence', (error, sentence) => {
  expect(sentenceOf(error)).toMatch(sentence)
})
