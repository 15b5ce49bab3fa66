import { rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { DataInUse, StackError } from '../../local/stackError.ts'
import { SettingError } from '../../src/settings.ts'
import { addCheapAccount } from '../support/village.ts'
import { freePorts, HttpPhone, Stacks } from './stacks.ts'

const stacks = new Stacks()
afterEach(() => stacks.clear())

describe('the first start', () => {
  test('makes two accounts that can log in, 2-way and 4-way', async () => {
    const stack = await stacks.start(await stacks.newFolder())
    expect(stack.demoAccounts).toHaveLength(2)
    for (const { name: user, password } of stack.demoAccounts) {
      expect((await new HttpPhone(stack, { user, password }).login()).code).toBe(200)
      expect((await new HttpPhone(stack, { user, password }).loginByDigest()).code).toBe(200)
    }
  })

  test('keeps folder and key for its operator alone', async () => {
    const { folder } = await stacks.start()
    expect((await stat(folder.database)).mode & 0o777).toBe(0o700)
    expect((await stat(folder.sealingKeys)).mode & 0o777).toBe(0o600)
  })

  test('that failed on a port is made good by the next one', async () => {
    const other = await stacks.start()
    const folder = await stacks.newFolder()
    const port = new URL(other.url).port
    await expect(stacks.start(folder, { IMPS_PORT: port })).rejects.toThrow(/IMPS_PORT/)
    expect((await stacks.start(folder)).demoAccounts).toHaveLength(2)
  })
})

describe('a restart', () => {
  test('finds accounts and sessions again, and makes no more accounts', async () => {
    const first = await stacks.start()
    await addCheapAccount(first.village, 'ann', 'pw')
    const before = new HttpPhone(first)
    await before.login()
    const sessionId = before.sessionId!
    await first.stop()
    const second = await stacks.start(first.folder.path)
    expect(second.demoAccounts).toEqual([])
    const phone = new HttpPhone(second)
    phone.sessionId = sessionId
    expect((await phone.poll()).http.status).toBe(200)
    expect((await phone.request('KeepAlive-Request')).code).toBe(200)
    expect((await new HttpPhone(second).loginByDigest({ sessionId })).code).toBe(200)
  })

  test('without the key makes a new one, and says what that means', async () => {
    const first = await stacks.start()
    await addCheapAccount(first.village, 'ann', 'pw')
    await first.stop()
    await rm(first.folder.sealingKeys)
    const second = await stacks.start(first.folder.path)
    expect(second.demoAccounts).toEqual([])
    expect(second.warnings).toEqual([expect.stringContaining('4-way login')])
  })
})

describe('the front', () => {
  test.each(['/', '/imps', '/any/path?with=query'])('serves every transaction at %s', async (path) => {
    const stack = await stacks.start()
    await addCheapAccount(stack.village, 'ann', 'pw')
    const phone = new HttpPhone(stack, { path })
    expect((await phone.login()).code).toBe(200)
    expect((await phone.request('KeepAlive-Request')).code).toBe(200)
    expect(await phone.poll()).toMatchObject({ name: 'nothing', http: { status: 200 } })
    expect((await phone.request('Logout-Request')).code).toBe(200)
  })

  test('serves one transaction at each narrow address and refuses the others there', async () => {
    const stack = await stacks.start()
    await addCheapAccount(stack.village, 'ann', 'pw')
    const login = new HttpPhone(stack, { path: '/csp/login' })
    const keepAlive = new HttpPhone(stack, { path: '/csp/keepalive' })
    const polling = new HttpPhone(stack, { path: '/csp/polling' })
    expect((await login.login()).code).toBe(200)
    keepAlive.sessionId = polling.sessionId = login.sessionId
    expect((await keepAlive.request('KeepAlive-Request')).code).toBe(200)
    expect((await polling.poll()).http.status).toBe(200)
    for (const phone of [keepAlive, polling]) expect((await phone.login()).code).not.toBe(200)
    for (const phone of [login, polling]) expect((await phone.request('KeepAlive-Request')).code).not.toBe(200)
  })

  test.each(['GET', 'HEAD', 'PUT', 'OPTIONS'])('answers %s with 405, a word and a Content-Length', async (method) => {
    const stack = await stacks.start()
    const answer = await fetch(stack.url, { method })
    await answer.text()
    expect(answer.status).toBe(405)
    expect(Number(answer.headers.get('content-length'))).toBeGreaterThan(0)
    expect(answer.headers.has('transfer-encoding')).toBe(false)
  })

  test('keeps IMPS_MAX_REQUEST_BYTES', async () => {
    const stack = await stacks.start(undefined, { IMPS_MAX_REQUEST_BYTES: '2000' })
    const answer = await fetch(stack.url, { method: 'POST', body: 'x'.repeat(2001) })
    expect([answer.status, await answer.text()]).toEqual([413, expect.stringContaining('2000')])
  })
})

describe('the embedded database', () => {
  test('is shut to web pages', async () => {
    const stack = await stacks.start()
    const answer = await fetch(stack.dynamodbUrl, { headers: { origin: 'http://elsewhere.example' } })
    expect(answer.status).toBe(403)
    expect((await fetch(stack.dynamodbUrl)).status).toBe(200)
  })

  test('survives a client that breaks off', async () => {
    const stack = await stacks.start()
    const broken = new AbortController()
    const endless = new ReadableStream({
      pull: (controller) => {
        controller.enqueue(new Uint8Array(1000))
        broken.abort()
      },
    })
    const request = { method: 'POST', body: endless, duplex: 'half', signal: broken.signal } as RequestInit
    await expect(fetch(stack.dynamodbUrl, request)).rejects.toThrow()
    expect((await fetch(stack.dynamodbUrl)).status).toBe(200)
  })

  test('has one stack to a folder', async () => {
    const { folder } = await stacks.start()
    await expect(stacks.start(folder.path)).rejects.toThrow(DataInUse)
    await expect(stacks.start(folder.path)).rejects.toThrow(`The data in ${folder.path} are in use`)
  })

  test('has a port that can be taken', async () => {
    const port = new URL((await stacks.start()).dynamodbUrl).port
    const folder = await stacks.newFolder()
    const start = stacks.start(folder, { IMPS_DYNAMODB_PORT: port })
    await expect(start).rejects.toThrow(
      `Port ${port} is in use by another program. IMPS_DYNAMODB_PORT takes another one.`,
    )
    // Nothing is left open.
    await stacks.start(folder)
  })
})

describe('a start that cannot be', () => {
  test('because of a setting touches nothing', async () => {
    const folder = join(await stacks.newFolder(), 'data')
    await expect(stacks.start(folder, { IMPS_BEARER_CHANGE: 'maybe' })).rejects.toThrow(SettingError)
    await expect(stat(folder)).rejects.toThrow()
  })

  test('because the data folder is a file says so', async () => {
    const file = join(await stacks.newFolder(), 'file')
    await writeFile(file, '')
    await expect(stacks.start(file)).rejects.toThrow(StackError)
    await expect(stacks.start(file)).rejects.toThrow('IMPS_DATA_DIR')
  })

  test('because the data are damaged says so, and leaves the folder free', async () => {
    const folder = await stacks.newFolder()
    await writeFile(join(folder, 'dynamodb'), '')
    await expect(stacks.start(folder)).rejects.toThrow('IMPS_DATA_DIR')
    await rm(join(folder, 'dynamodb'))
    await stacks.start(folder)
  })
})

test('Settings of a deployment are told to be of no use here', async () => {
  const { warnings, loaded } = await stacks.start(undefined, {
    ...freePorts,
    IMPS_TABLE: 'elsewhere',
    IMPS_DYNAMODB_ENDPOINT: 'http://elsewhere.example',
    IMPS_SEALING_KEY_PARAMETER: '/key',
  })
  expect(warnings).toHaveLength(3)
  expect(loaded.place.table).toBe('village')
})
