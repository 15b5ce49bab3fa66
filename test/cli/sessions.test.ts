import { afterAll, beforeEach, expect, test } from 'vitest'
import { HttpPhone, Stacks } from '../local/stacks.ts'
import { addCheapAccount } from '../support/village.ts'
import { operator } from './operator.ts'

const stacks = new Stacks()
const stack = await stacks.start()
const imps = operator({ IMPS_DATA_DIR: stack.folder.path })
afterAll(() => stacks.clear())

beforeEach(async () => {
  for await (const { user } of stack.village.store.accounts.all()) await imps(`account remove ${user} --local`)
  for (const user of ['ann', 'bob']) await addCheapAccount(stack.village, user, 'pw')
})

async function loggedIn(user: string, client = 'phone'): Promise<HttpPhone> {
  const phone = new HttpPhone(stack, { user, client })
  await phone.login({ timeToLive: 600 })
  return phone
}

test('session list shows everybody’s sessions or one user’s, with the first characters of their ids', async () => {
  expect((await imps('session list --local')).out).toBe('There are no sessions.\n')
  const bob = await loggedIn('bob')
  const ann = await loggedIn('ann', 'desk')
  await ann.request('Logout-Request')
  const { json } = await imps('session list --local --json')
  expect(json.sessions).toEqual([
    expect.objectContaining({
      id: ann.sessionId!.slice(0, 6),
      user: 'ann',
      client: 'desk',
      version: '1.2',
      phase: 'ended',
      endReason: 'logout',
      deadline: null,
    }),
    expect.objectContaining({ user: 'bob', phase: 'live', keepAliveTime: 600, deadline: expect.any(String) }),
  ])
  const { out } = await imps('session list bob --local')
  expect(out).toMatch(new RegExp(`^${bob.sessionId!.slice(0, 6)} +bob +phone +1\\.2 +live `, 'm'))
  expect(out).not.toContain('ann')
  expect(out).not.toContain(bob.sessionId)
  expect((await imps('session list --local --full')).out).toContain(bob.sessionId)
})

test('session show finds a session by its whole id or the beginning of it', async () => {
  const { sessionId } = await loggedIn('ann')
  for (const text of [sessionId!, sessionId!.slice(0, 6), `${sessionId!.slice(0, 6)}…`]) {
    const said = await imps(['session', 'show', text, '--local', '--json'])
    expect(said.json.session).toMatchObject({ id: sessionId!.slice(0, 6), user: 'ann', waiting: 0 })
  }
  expect((await imps(['session', 'show', sessionId!, '--full', '--local'])).out).toContain(sessionId)
})

test('session show says why there is nothing to show', async () => {
  expect(await imps('session show abc --local')).toMatchObject({
    code: 2,
    err: expect.stringContaining('4 characters'),
  })
  expect(await imps('session show nosuch --local')).toMatchObject({ code: 1, err: 'There is no such session.\n' })
  expect(await imps('session show -Beginning --local')).toMatchObject({ code: 1, err: 'There is no such session.\n' })
})

test('session disconnect tells the client 601, and the session can be re-established', async () => {
  const phone = await loggedIn('ann')
  const said = await imps(['session', 'disconnect', phone.sessionId!.slice(0, 6), '--local'])
  expect(said.out).toBe('1 session disconnected.\n')
  expect(await phone.poll()).toMatchObject({ name: 'Disconnect', code: 601 })
  expect((await phone.request('KeepAlive-Request')).code).toBe(604)
  const again = await imps(['session', 'disconnect', phone.sessionId!, '--local'])
  expect(again).toMatchObject({ code: 1, err: 'That session has ended already.\n' })
  expect((await phone.login({ sessionId: phone.sessionId })).code).toBe(200)
})

test('session disconnect --user ends all sessions of a user and no other', async () => {
  const mine = [await loggedIn('ann', 'one'), await loggedIn('ann', 'two')]
  const other = await loggedIn('bob')
  expect((await imps('session disconnect --user ann --local --json')).json.disconnected).toHaveLength(2)
  for (const phone of mine) expect((await phone.poll()).name).toBe('Disconnect')
  expect((await other.request('KeepAlive-Request')).code).toBe(200)
  expect(await imps('session disconnect --user ann --local')).toMatchObject({
    code: 1,
    err: 'ann has no live session.\n',
  })
})

test.each(['session disconnect --local', 'session disconnect abcdef --user ann --local'])(
  '%s is not clear',
  async (it) => {
    expect(await imps(it)).toMatchObject({ code: 2, err: expect.stringContaining('--user') })
  },
)

test('system-message reaches each live session of a user, once it is acknowledged no more', async () => {
  const phones = [await loggedIn('ann', 'one'), await loggedIn('ann', 'two')]
  const bob = await loggedIn('bob')
  const said = await imps(['system-message', 'ann', 'Grüße & <mehr>', '--local'])
  expect(said).toMatchObject({ code: 0, out: 'Sent to 2 sessions.\n' })
  for (const phone of phones) {
    const { primitive, name, transactionId } = await phone.poll()
    expect([name, primitive?.textOf('ContentData')]).toEqual(['NewMessage', 'Grüße & <mehr>'])
    await phone.acknowledge(transactionId!)
    expect((await phone.poll()).name).toBe('nothing')
  }
  expect((await bob.poll()).name).toBe('nothing')
})

test('system-message --all reaches everybody', async () => {
  const phones = [await loggedIn('ann'), await loggedIn('bob')]
  expect((await imps(['system-message', '--all', 'back at ten', '--local', '--json'])).json).toEqual({ sessions: 2 })
  for (const phone of phones) expect((await phone.poll()).name).toBe('NewMessage')
})

test('a system-message with options is a question, and system-answers shows what was answered', async () => {
  const phone = new HttpPhone(stack, { user: 'ann', client: 'new', version: '1.3' })
  await phone.login({ timeToLive: 600 })
  const old = await loggedIn('bob')
  const words = ['--all', 'Tea?', '--option', 'Yes, please', '--option', 'No']
  const { json, code } = await imps(['system-message', ...words, '--local', '--json'])
  expect({ code, json }).toEqual({ code: 0, json: { sessions: 2, canAnswer: 1, id: expect.any(String) } })
  expect((await old.poll()).primitive?.textOf('ContentData')).toBe('Tea?\n1: Yes, please\n2: No')
  expect((await imps(`system-answers ${json.id} --local`)).out).toContain('0 of 2 users: 0 × Yes, please, 0 × No')
  const asked = (await phone.poll()).primitive?.find('SystemMessageList', 'SystemMessage')
  expect(asked?.flagOf('RequiresResponse')).toBe(true)
  const answer = { SystemMessageID: asked?.textOf('SystemMessageID'), ChosenOptionID: '2' }
  const sent = await phone.request('SystemMessage-User', {
    SystemMessageResponseList: { SystemMessageResponse: answer },
  })
  expect(sent.code).toBe(200)
  const said = await imps(`system-answers ${json.id} --local --json`)
  expect(said.json).toMatchObject({ text: 'Tea?', options: ['Yes, please', 'No'] })
  expect(said.json.users).toEqual([
    { user: 'ann', answer: 'No', at: expect.any(String) },
    { user: 'bob', answer: null, at: null },
  ])
  const { out } = await imps(`system-answers ${json.id} --local`)
  expect(out).toMatch(/^ann +No +20/m)
  expect(out).toContain('1 of 2 users: 0 × Yes, please, 1 × No')
})

test('a question says how its answers are read, and what is none has none', async () => {
  await loggedIn('ann')
  const { out } = await imps(['system-message', 'ann', 'Tea?', '--option', 'Yes', '--option', 'No', '--local'])
  expect(out).toMatch(
    /^Sent to 1 session\.\n0 of CSP 1\.3, which can answer\.\nTo see the answers: system-answers \w+\n$/,
  )
  expect(await imps('system-answers nosuch --local')).toMatchObject({
    code: 1,
    err: expect.stringContaining('no such message'),
  })
})

test('system-message to nobody says so and stores nothing', async () => {
  const phone = await loggedIn('ann')
  await phone.request('Logout-Request')
  expect(await imps('system-message ann hello --local')).toMatchObject({
    code: 1,
    err: 'ann has no live session: nothing was sent.\n',
  })
  expect((await imps('system-message --all hello --local')).code).toBe(1)
  await phone.login({ sessionId: phone.sessionId })
  expect((await phone.poll()).name).toBe('nothing')
  expect((await imps('system-message nobody hello --local')).err).toBe('There is no account nobody.\n')
})

test.each([
  [['ann'], /a name and a text/],
  [['ann', 'two', 'three'], /too much/],
  [['--all', 'ann', 'text'], /a name and a text/],
  [['ann', ' '], /empty/],
  [['ann', 'x'.repeat(2001)], /longer/],
  [['ann', 'bell \u0007'], /no phone/],
  [['ann', 'Tea?', '--option', 'Yes'], /2 to 10 options/],
  [['ann', 'Tea?', ...Array.from({ length: 11 }, (_, number) => `--option=${number}`)], /2 to 10 options/],
  [['ann', 'Tea?', '--option', 'Yes', '--option', 'Yes'], /the same/],
  [['ann', 'Tea?', '--option', 'Yes', '--option', ' '], /option is empty/],
  [['ann', 'Tea?', '--option', 'Yes', '--option', 'x'.repeat(101)], /option is longer/],
])('system-message %j is refused', async (words, sentence) => {
  const said = await imps(['system-message', ...words, '--local'])
  expect(said).toMatchObject({ code: 2, err: expect.stringMatching(sentence) })
})
