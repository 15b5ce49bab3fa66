import { afterAll, beforeEach, expect, test } from 'vitest'
import type { Stack } from '../../local/stack.ts'
import { HttpPhone, Stacks } from '../local/stacks.ts'
import { addCheapAccount } from '../support/village.ts'
import { atTerminal, operator } from './operator.ts'

const stacks = new Stacks()
const stack: Stack = await stacks.start()
const environment = { IMPS_DATA_DIR: stack.folder.path }
const imps = operator(environment)
afterAll(() => stacks.clear())

beforeEach(async () => {
  for await (const { user } of stack.village.store.accounts.all()) await imps(`account remove ${user} --local`)
})

const passwordsThatFit = async (user: string, password: string) =>
  (await new HttpPhone(stack, { user, password }).login()).code

test('account add takes effect at once in the running stack, 2-way and 4-way', async () => {
  const said = await imps('account add ann --password pw --local')
  expect(said).toMatchObject({ code: 0, out: 'wv:ann@localhost was added.\n', err: '' })
  expect((await new HttpPhone(stack).login()).code).toBe(200)
  expect((await new HttpPhone(stack).loginByDigest()).code).toBe(200)
})

test.each(['ann', 'Ann', 'wv:ann', 'wv:ann@localhost', 'ann@LOCALHOST'])('a name may be written %s', async (name) => {
  expect((await imps(['account', 'add', name, '--password', 'pw', '--local', '--json'])).json).toMatchObject({
    account: { name: 'ann', address: 'wv:ann@localhost', enabled: true, fourWayLogin: true },
  })
  expect((await imps(['account', 'show', name, '--local'])).out).toMatch(/^name +ann$/m)
})

test.each([
  ['ann@elsewhere.example', /elsewhere.example.*localhost/],
  ['a b', /no user's name/],
  ['', /no user's name/],
])('"%s" is no name', async (name, sentence) => {
  const said = await imps(['account', 'add', name, '--password', 'pw', '--local'])
  expect(said).toMatchObject({ code: 2, out: '', err: expect.stringMatching(sentence) })
})

test('account add refuses a name that is taken, and the name of system messages', async () => {
  await addCheapAccount(stack.village, 'ann', 'pw')
  expect(await imps('account add ann --password other --local')).toMatchObject({
    code: 1,
    err: 'There is an account ann already.\n',
  })
  expect((await imps('account add system --password pw --local')).code).toBe(1)
  expect(await passwordsThatFit('ann', 'pw')).toBe(200)
})

test('A password comes from standard input: its first line, spaces included', async () => {
  expect((await imps('account add ann --local', ' two words \r\nsecond line\n')).code).toBe(0)
  expect(await passwordsThatFit('ann', ' two words ')).toBe(200)
})

test('A password comes from a prompt, twice and without echo', async () => {
  const said = await atTerminal(environment, 'account add ann --local', ['geheim\r', 'geheim\r'])
  expect(said).toMatchObject({ code: 0, err: 'Password: \nOnce more: \n' })
  expect(said.out).not.toContain('geheim')
  expect(await passwordsThatFit('ann', 'geheim')).toBe(200)
})

test('A prompt that is answered in two ways, or broken off, changes nothing', async () => {
  const different = await atTerminal(environment, 'account add ann --local', ['one\r', 'two\r'])
  expect(different).toMatchObject({ code: 1, err: expect.stringContaining('differ') })
  expect((await atTerminal(environment, 'account add ann --local', ['on\x03'])).code).toBe(130)
  expect((await imps('account list --local --json')).json).toEqual({ accounts: [] })
})

test.each([
  ['', /empty/],
  ['x'.repeat(256), /longer than 255/],
  ['a\tb', /control/],
])('A password that cannot be one is refused', async (password, sentence) => {
  const said = await imps(['account', 'add', 'ann', '--local'], `${password}\n`)
  expect(said).toMatchObject({ code: 2, err: expect.stringMatching(sentence) })
})

test('A password may begin with a hyphen', async () => {
  await imps(['account', 'add', 'ann', '--password', '--pw', '--local'])
  expect(await passwordsThatFit('ann', '--pw')).toBe(200)
})

test('account list shows all accounts, in order, and no password', async () => {
  expect((await imps('account list --local')).out).toBe('There are no accounts.\n')
  for (const user of ['zoe', 'ann']) await addCheapAccount(stack.village, user, 'geheim')
  const { out } = await imps('account list --local')
  expect(out.split('\n').map((line) => line.split(' ')[0])).toEqual(['NAME', 'ann', 'zoe', ''])
  const { json } = await imps('account list --local --json')
  expect(json.accounts.map((one: { name: string }) => one.name)).toEqual(['ann', 'zoe'])
  expect(JSON.stringify(json)).not.toMatch(/geheim|scrypt|salt|hash|tag/)
})

test('account passwd sets a new password, lifts a lock and lets sessions go on', async () => {
  await addCheapAccount(stack.village, 'ann', 'old')
  const phone = new HttpPhone(stack, { password: 'old' })
  await phone.login()
  for (let wrong = 0; wrong < 10; wrong++) await passwordsThatFit('ann', 'wrong')
  expect(await passwordsThatFit('ann', 'old')).toBe(503)
  expect((await imps('account show ann --local')).out).toMatch(/^lockedUntil +\d{4}-/m)
  expect((await imps('account passwd ann --local', 'new\n')).out).toBe('ann has a new password.\n')
  expect((await imps('account show ann --local')).out).toMatch(/^lockedUntil +-$/m)
  expect(await passwordsThatFit('ann', 'old')).toBe(409)
  expect(await passwordsThatFit('ann', 'new')).toBe(200)
})

test('account disable disconnects and refuses, account enable lets in again', async () => {
  await addCheapAccount(stack.village, 'ann', 'pw')
  const phone = new HttpPhone(stack)
  await phone.login()
  expect((await imps('account disable ann --local --json')).json).toEqual({ name: 'ann', enabled: false })
  expect((await phone.poll()).name).toBe('Disconnect')
  expect((await new HttpPhone(stack).login()).code).not.toBe(200)
  expect((await imps('account list --local')).out).toMatch(/^ann +disabled/m)
  await imps('account enable ann --local')
  expect((await new HttpPhone(stack).login()).code).toBe(200)
})

test('account remove removes the account and its sessions', async () => {
  await addCheapAccount(stack.village, 'ann', 'pw')
  const phone = new HttpPhone(stack)
  await phone.login()
  expect((await imps('account remove ann --local')).out).toBe('ann was removed.\n')
  expect((await imps('account show ann --local')).err).toBe('There is no account ann.\n')
  expect(await stack.village.store.sessions.read(phone.sessionId!)).toBeUndefined()
})

test('account export holds what is stored, and nothing that would let its reader in', async () => {
  await addCheapAccount(stack.village, 'ann', 'geheim')
  const phone = new HttpPhone(stack, { password: 'geheim', client: 'ann-phone', cookie: 'ann-cookie' })
  await phone.login()
  await phone.request('ClientCapability-Request', { CapabilityList: { ParserSize: 4000, SupportedBearer: 'HTTP' } })
  await passwordsThatFit('ann', 'wrong')
  await new HttpPhone(stack, { client: 'other' }).request('Login-Request', {
    UserID: 'wv:ann',
    DigestSchema: 'MD5',
    SessionCookie: 'c',
  })
  await imps(['system-message', 'ann', 'good morning', '--local'])
  const { out } = await imps('account export ann --local')
  const [account] = JSON.parse(out).accounts
  expect(account).toMatchObject({ name: 'ann', wrongPasswords: [expect.any(String)] })
  expect(account.sessions).toEqual([
    expect.objectContaining({
      client: 'ann-phone',
      phase: 'live',
      agreedCapabilities: expect.objectContaining({ ParserSize: ['4000'] }),
      waiting: [{ kind: 'SystemMessage', data: expect.objectContaining({ text: 'good morning' }) }],
    }),
  ])
  const { password, sealed } = (await stack.village.store.accounts.read('ann'))!
  for (const secret of [phone.sessionId!, 'ann-cookie', 'geheim', password.hash, sealed!.data, 'nonce']) {
    expect(out).not.toContain(secret)
  }
  const full = await imps('account export ann --full --local --json')
  expect(full.json.accounts[0].sessions[0]).toMatchObject({ id: phone.sessionId, cookie: 'ann-cookie' })
})

test('account export holds presence, contact lists, what was said of others and who watches', async () => {
  for (const user of ['ann', 'bob']) await addCheapAccount(stack.village, user, 'pw')
  const [ann, bob] = ['ann', 'bob'].map((user) => new HttpPhone(stack, { user, client: `phone of ${user}` }))
  await ann!.login()
  await bob!.login()
  await ann!.request('CreateList-Request', {
    ContactList: 'wv:ann/friends',
    NickList: { NickName: { Name: 'Bee', UserID: 'wv:bob' } },
  })
  await ann!.request('SubscribePresence-Request', { ContactList: 'wv:ann/friends', AutoSubscribe: true })
  await ann!.request('UpdatePresence-Request', { PresenceSubList: { StatusText: { PresenceValue: 'here' } } })
  await ann!.request('BlockEntity-Request', { BlockList: { InUse: true, AddList: { UserID: 'wv:bob' } } })
  await ann!.request('GetPresence-Request', { User: { UserID: 'wv:bob' } })
  const { json } = await imps('account export --local --json')
  const [ofAnn, ofBob] = json.accounts
  expect(ofAnn).toMatchObject({
    presence: { user: { StatusText: { PresenceValue: 'here' } }, clients: [{ live: true }] },
    contactLists: [{ address: 'wv:ann/friends', default: true, contacts: [{ address: 'wv:bob', name: 'Bee' }] }],
    others: [{ address: 'wv:bob', blocked: true, answer: null }],
    blockList: { inUse: true },
    sessions: [{ watches: ['wv:bob'], followsLists: 1 }],
  })
  expect(ofBob).toMatchObject({
    watchedBy: ['ann'],
    waitForAuthorisation: [{ user: 'ann' }],
    watchedOrReadBefore: [{ user: 'ann' }],
  })
})

test('account export without a name holds every account', async () => {
  for (const user of ['bob', 'ann']) await addCheapAccount(stack.village, user, 'pw')
  const { json } = await imps('account export --local --json')
  expect(json.accounts.map((one: { name: string }) => one.name)).toEqual(['ann', 'bob'])
})

test('account unseal leaves nothing reversible, once 4-way login is off', async () => {
  await imps('account add ann --password pw --local')
  expect(await imps('account unseal --local')).toMatchObject({
    code: 1,
    err: expect.stringContaining('IMPS_FOUR_WAY_LOGIN'),
  })
  const off = operator({ ...environment, IMPS_FOUR_WAY_LOGIN: 'off' })
  expect(await off('account unseal --local')).toMatchObject({ code: 0, out: '1 sealed password was removed.\n' })
  expect((await stack.village.store.accounts.read('ann'))!.sealed).toBeUndefined()
  expect(await passwordsThatFit('ann', 'pw')).toBe(200)
})
