import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { AnsweredTransaction } from '../support/dialogueAnswer.ts'
import { type Dynalite, startDynalite } from '../support/dynalite.ts'
import { Mail } from './mail.ts'
import { contentOf, type Exchange, hasRecording, readRecording, textOf } from './recording.ts'
import { find, Replay, type Replayed, textIn } from './replay.ts'
import { Truth, userIn, type Values, valuesIn } from './truth.ts'

type Check = (replayed: Replayed, truth: Truth) => void

const isStatus200: Check = ({ answer }) => {
  expect(answer?.primitive.name).toBe('Status')
  expect(textIn(answer?.primitive, 'Result', 'Code')).toBe('200')
}

/** What the answer to each primitive that exists has to be; of a Login-Request as the recorded server said it. */
const answers: Readonly<Record<string, Check>> = {
  'Login-Request': ({ answer, recordedCode }) => {
    expect(answer?.primitive.name).toBe('Login-Response')
    expect(textIn(answer?.primitive, 'Result', 'Code')).toBe(recordedCode)
  },
  // COMPAT(Android 1.0): reads the first child, whatever it is (clients.md 14).
  'ClientCapability-Request': ({ answer }) => {
    expect(answer?.primitive.name).toBe('ClientCapability-Response')
    expect(answer?.primitive.children[0]?.name).toBe('AgreedCapabilityList')
    // No CIR channel is there, so it has to poll.
    expect(find(answer?.primitive, 'AgreedCapabilityList', 'SupportedCIRMethod')).toBeUndefined()
  },
  // COMPAT(Android 1.0): falls over without AllFunctions/WVCSPFeat (clients.md 15).
  'Service-Request': ({ answer }) => {
    expect(answer?.primitive.name).toBe('Service-Response')
    expect(find(answer?.primitive, 'AllFunctions', 'WVCSPFeat')).toBeDefined()
  },
  'KeepAlive-Request': ({ answer }) => {
    expect(answer?.primitive.name).toBe('KeepAlive-Response')
    expect(textIn(answer?.primitive, 'Result', 'Code')).toBe('200')
    expect(textIn(answer?.primitive, 'KeepAliveTime')).toBe('7200')
  },
  // Nothing, or something of the server's own, which is looked at below.
  'Polling-Request': ({ answer, given }) => expect(given).toHaveLength(answer ? 1 : 0),
  'Logout-Request': isStatus200,

  'GetPresence-Request': ({ answer, request, user }, truth) => {
    expect(answer?.primitive.name).toBe('GetPresence-Response')
    expect(textIn(answer?.primitive, 'Result', 'Code')).toBe('200')
    const members = request.textsOf('ContactList').flatMap((one) => [...truth.list(user, one)!.members.values()])
    const asked = [...request.all('User').map((one) => one.textOf('UserID')), ...members.map(({ UserID }) => UserID)]
    const told = answer!.primitive.children.filter(({ name }) => name === 'Presence')
    expect(told.map((one) => textIn(one, 'UserID'))).toEqual(asked)
    for (const presence of told) {
      const owner = userIn(textIn(presence, 'UserID'))
      const list = find(presence, 'PresenceSubList')
      const values = valuesIn(list)
      // Who has authorised nobody is there all the same, without values; one's own are always open (clients.md 16).
      expect(list !== undefined, `${user} sees ${owner}`).toBe(truth.maySee(user, owner))
      if (list) expect(values).toMatchObject(wanted(truth.presence(owner), request.child('PresenceSubList')))
      expect(truth.untrueIn(owner, values)).toEqual({})
    }
  },
  'UpdatePresence-Request': isStatus200,
  'SubscribePresence-Request': isStatus200,
  'UnsubscribePresence-Request': isStatus200,
  'PresenceAuth-User': isStatus200,
  'CancelAuth-Request': isStatus200,
  'DeleteAttributeList-Request': isStatus200,

  // The default list stands by itself (clients.md 17), all of them as the client wrote them (20, 21).
  'GetList-Request': ({ answer, user }, truth) => {
    expect(answer?.primitive.name).toBe('GetList-Response')
    const lists = truth.lists(user)
    const texts = (name: string) => answer!.primitive.children.flatMap((one) => (one.name === name ? one.text : []))
    expect(texts('ContactList')).toEqual(lists.flatMap((one) => (one.isDefault ? [] : one.address)))
    expect(texts('DefaultContactList')).toEqual(lists.flatMap((one) => (one.isDefault ? one.address : [])))
  },
  'CreateList-Request': isStatus200,
  'DeleteList-Request': isStatus200,
  'ListManage-Request': ({ answer, request, user }, truth) => {
    expect(answer?.primitive.name).toBe('ListManage-Response')
    expect(textIn(answer?.primitive, 'Result', 'Code')).toBe('200')
    const list = truth.list(user, request.textOf('ContactList'))!
    const nickNames = find(answer?.primitive, 'NickList')?.children.map((one) => valuesIn(one))
    // Name and UserID, also when there is nobody on it (clients.md 17).
    expect(nickNames).toEqual(request.flagOf('ReceiveList') ? [...list.members.values()] : undefined)
    const changesMembers = request.child('AddNickList') ?? request.child('RemoveNickList')
    const properties = find(answer?.primitive, 'ContactListProperties')?.children.map((one) => valuesIn(one))
    // COMPAT(Android 1.0): names a list by what a reading of it says.
    if (!changesMembers || request.child('ContactListProperties')) {
      expect(properties).toEqual([
        { Name: 'DisplayName', Value: list.displayName },
        { Name: 'Default', Value: list.isDefault ? 'T' : 'F' },
      ])
    }
  },

  // It is asked for before anybody is blocked.
  'GetBlockedList-Request': ({ answer }) => {
    expect(answer?.primitive.name).toBe('GetBlockedList-Response')
    for (const name of ['BlockList', 'GrantList']) {
      expect(textIn(answer?.primitive, name, 'InUse')).toBe('F')
      expect(find(answer?.primitive, name, 'EntityList')?.children).toEqual([])
    }
  },
  'BlockEntity-Request': isStatus200,

  // COMPAT(SMS20): looks for a telephone number, which is the name of its user; the recorded users let themselves be found.
  'Search-Request': ({ answer, request }) => {
    expect(answer?.primitive.name).toBe('Search-Response')
    const text = (...path: string[]) => textIn(answer?.primitive, ...path)
    expect([text('SearchFindings'), text('CompletionFlag'), text('SearchIndex')]).toEqual(['1', 'T', '1'])
    const number = request.find('SearchPairList', 'SearchString')?.text
    expect(text('SearchResult', 'UserList', 'User', 'UserID')).toMatch(new RegExp(`^wv:${number}@`))
  },
  'CreateGroup-Request': isStatus200,
  'DeleteGroup-Request': isStatus200,
  'AddGroupMembers-Request': isStatus200,
  'RemoveGroupMembers-Request': isStatus200,
  // It asks who is joined: at least itself.
  'JoinGroup-Request': ({ answer }) => {
    expect(answer?.primitive.name).toBe('JoinGroup-Response')
    const names = find(answer?.primitive, 'UserMapList', 'UserMapping')?.children ?? []
    expect(names.length).toBeGreaterThan(0)
  },
  'LeaveGroup-Request': ({ answer, request }) => {
    expect(answer?.primitive.name).toBe('LeaveGroup-Response')
    expect(textIn(answer?.primitive, 'Result', 'Code')).toBe('200')
    expect(textIn(answer?.primitive, 'GroupID')).toBe(request.textOf('GroupID'))
  },
  'Invite-Request': isStatus200,
  // COMPAT(Android 1.0): with User in place of Sender, who is not the one who answers (clients.md 18).
  'InviteUser-Response': isStatus200,

  // The MessageID is the server's, and there is one when somebody gets the message.
  'SendMessage-Request': ({ answer, request, user }, truth) => {
    expect(answer?.primitive.name).toBe('SendMessage-Response')
    const code = truth.codeOfMessage(user, request)
    expect(textIn(answer?.primitive, 'Result', 'Code')).toBe(code)
    expect(textIn(answer?.primitive, 'MessageID')).toEqual(code === '200' ? expect.stringMatching(/./) : undefined)
  },
}

/** The values that a PresenceSubList asks for; without one all. */
const wanted = (
  values: Values,
  list: { readonly children: readonly { readonly name: string }[] } | undefined,
): Values =>
  Object.fromEntries(Object.entries(values).filter(([name]) => !list || list.children.some((one) => one.name === name)))

function check(replayed: Replayed, truth: Truth): void {
  const { primitive, mode, answer, given } = replayed
  if (mode === 'Response') {
    // Acknowledgements have no answer of their own, but may bring what comes next.
    expect(given).toHaveLength(answer ? 1 : 0)
  } else {
    expect(answers, `nothing says what the answer to ${primitive} has to be`).toHaveProperty([primitive])
    answers[primitive]!(replayed, truth)
  }
}

/** What each user's client was told by server transactions: who asks to see it, the newest values of the others, messages. */
class Told {
  readonly mail = new Mail()
  /** What users were told of invitations. */
  readonly invitations: { readonly user: string; readonly primitive: AnsweredTransaction['primitive'] }[] = []
  /** Who was told that somebody came to a group, or left it, and who that was. */
  readonly notices: unknown[] = []
  readonly #values = new Map<string, Values>()
  readonly #askedBy = new Map<string, Set<string>>()

  /** Whatever comes has to be true, and somebody's own to see. */
  take(replayed: Replayed, truth: Truth): void {
    const { user } = replayed
    for (const transaction of replayed.given) {
      const { primitive } = transaction
      if (primitive.name === 'NewMessage') {
        this.mail.take(replayed, transaction)
        continue
      }
      if (primitive.name === 'PresenceAuth-Request') {
        this.#askedBy.set(user, this.askedBy(user).add(userIn(textIn(primitive, 'UserID'))))
        continue
      }
      if (primitive.name === 'InviteUser-Request' || primitive.name === 'Invite-Response') {
        this.invitations.push({ user, primitive })
        continue
      }
      if (primitive.name === 'GroupChangeNotice') {
        this.takeNotice(user, primitive)
        continue
      }
      expect(primitive.name).toBe('PresenceNotification-Request')
      const [owner, values] = notified(primitive)
      expect(truth.maySee(user, owner), `${owner} lets ${user} see`).toBe(true)
      expect(truth.untrueIn(owner, values)).toEqual({})
      this.#values.set(`${user} ${owner}`, { ...this.valuesOf(owner, user), ...values })
    }
  }

  /** Who came to a group, or left it, by the screen names. */
  takeNotice(user: string, primitive: AnsweredTransaction['primitive']): void {
    const come = textIn(primitive, 'Joined', 'UserMapList', 'UserMapping', 'Mapping', 'SName')
    const gone = textIn(primitive, 'Left', 'UserList', 'ScreenName', 'SName')
    this.notices.push([user, come === undefined ? 'left' : 'joined', come ?? gone])
  }

  valuesOf(owner: string, viewer: string): Values {
    return this.#values.get(`${viewer} ${owner}`) ?? {}
  }

  askedBy(user: string): Set<string> {
    return this.#askedBy.get(user) ?? new Set()
  }
}

/** Whose presence a notification tells, and the values in it. */
function notified(primitive: AnsweredTransaction['primitive']): [string, Values] {
  const presence = find(primitive, 'Presence')
  return [userIn(textIn(presence, 'UserID')), valuesIn(find(presence, 'PresenceSubList'))]
}

/**
 * Wherever the recorded client was asked or notified, ours has been too, with all that is true by then: in the same answer
 * or an earlier one, for what came one by one may come together.
 */
function checkTold({ user, recordedName, recordedAbout }: Replayed, truth: Truth, told: Told): void {
  const about = userIn(recordedAbout)
  if (recordedName === 'PresenceAuth-Request') expect([...told.askedBy(user)]).toContain(about)
  if (recordedName === 'PresenceNotification-Request')
    expect(told.valuesOf(about, user)).toMatchObject(truth.presence(about))
}

/**
 * Whoever polls or acknowledges gets the next message that waits, in that answer: one that is not acknowledged yet keeps
 * those after it waiting, for messages stay in order.
 */
function checkMail({ user, primitive, mode, given }: Replayed, { mail }: Told, unacknowledged: number): void {
  if (primitive !== 'Polling-Request' && mode !== 'Response') return
  const arrived = given.filter((one) => one.primitive.name === 'NewMessage').length
  const isAwaited = unacknowledged > arrived
  const waiting = mail.contentsFor(user).length - mail.contents(user).length + arrived
  expect(arrived).toBe(waiting > 0 && !isAwaited ? 1 : 0)
}

async function replayAll(replay: Replay, exchanges: readonly Exchange[], told = new Told()): Promise<Replayed[]> {
  const replayed: Replayed[] = []
  const truth = new Truth(replay.users)
  for (const exchange of exchanges) {
    const one = await replay.send(exchange)
    try {
      if (one.primitive !== 'Login-Request') truth.note(one.user, one.request)
      else if (textIn(one.answer?.primitive, 'SessionID')) truth.loggedIn(one.user, one.request.textOf('UserID')!)
      check(one, truth)
      if (textIn(one.answer?.primitive, 'MessageID')) told.mail.accept(one, truth, replay.world.clock.now())
      told.take(one, truth)
      checkTold(one, truth, told)
      checkMail(one, told, replay.unacknowledged(one.user).filter((kind) => kind === 'NewMessage').length)
    } catch (error) {
      if (error instanceof Error) error.message = `REQUEST ${one.number} (${one.primitive}): ${error.message}`
      throw error
    }
    replayed.push(one)
    replay.world.clock.advance(1000)
  }
  return replayed
}

/** Names of the attributes that a PresenceSubList holds. */
const namesIn = (list: { readonly children: readonly { readonly name: string }[] } | undefined): string[] =>
  (list?.children ?? []).map(({ name }) => name)

/** What a user was notified of in a part of a recording: attributes, notification by notification. */
const notifications = (replayed: readonly Replayed[], user: string): string[][] =>
  replayed
    .filter((one) => one.user === user)
    .flatMap(({ given }) => given)
    .filter(({ primitive }) => primitive.name === 'PresenceNotification-Request')
    .map(({ primitive }) => namesIn(find(primitive, 'Presence', 'PresenceSubList')))

/** The attributes that a user has said anything of in a part of a recording, and those that the server says by itself. */
const attributesOf = (replayed: readonly Replayed[], user: string): string[] => {
  const updates = replayed.filter((one) => one.user === user && one.primitive === 'UpdatePresence-Request')
  const names = updates.flatMap(({ request }) => namesIn(request.child('PresenceSubList')))
  return [...new Set(['OnlineStatus', 'CommCap', ...names])]
}

const android = 'android-csp12-xml.txt'
const sms20 = 'sms20-python-csp12-xml.txt'
const missing = [android, sms20].filter((name) => !hasRecording(name))
if (missing.length > 0)
  console.warn(
    `Not replayed: ${missing.join(' and ')} (third-party recordings, expected in ../shared/recordings beside the repository). ` +
      'test/scripts covers the same ground.',
  )

let dynalite: Dynalite
beforeAll(async () => {
  dynalite = await startDynalite()
})
afterAll(() => dynalite.stop())

describe.skipIf(!hasRecording(android))("Android's first IM client, as recorded", () => {
  // What the recorded digests were made of.
  const passwords = new Map([
    ['usera', 'passa'],
    ['userb', 'passb'],
  ])
  let exchanges: Exchange[]
  let replay: Replay
  let replayed: Replayed[]
  const told = new Told()
  beforeAll(async () => {
    exchanges = readRecording(android)
    replay = await Replay.start(dynalite, 'localhost', passwords)
  })
  afterAll(() => replay.stop())

  test('every request gets the answer that is due, from the wrong password to the logout', async () => {
    replayed = await replayAll(replay, exchanges, told)
    const logins = replayed.filter(({ primitive }) => primitive === 'Login-Request')
    const codes = logins.map(({ answer }) => textIn(answer?.primitive, 'Result', 'Code'))
    // Wrong password; unknown user; usera; userb; usera again with the old Session-ID.
    expect(codes).toEqual(['401', '409', '531', '401', '200', '401', '200', '401', '200'])
    const successes = logins.filter((one) => textIn(one.answer?.primitive, 'Result', 'Code') === '200')
    // 7205 s are asked for each time (clients.md 26).
    expect(successes.map(({ answer }) => textIn(answer?.primitive, 'KeepAliveTime'))).toEqual(['7200', '7200', '7200'])
    // R4: coming back as the same client it need not negotiate again, though this one does all the same.
    expect(successes.map(({ answer }) => textIn(answer?.primitive, 'CapabilityRequest'))).toEqual(['T', 'T', 'F'])
    const [first, , again] = successes.map(({ answer }) => textIn(answer?.primitive, 'SessionID'))
    expect(again).toBe(first)
  })

  const places = (is: (one: Replayed) => boolean): number[] =>
    replayed.flatMap((one, place) => (is(one) ? [place] : []))

  test('userb is asked once, as soon as somebody subscribes who has no leave', () => {
    const [subscription] = places(({ primitive }) => primitive === 'SubscribePresence-Request')
    const [leave] = places(({ primitive }) => primitive === 'PresenceAuth-User')
    const [question, ...others] = places(
      ({ user, given }) => user === 'userb' && given.some(({ primitive }) => primitive.name === 'PresenceAuth-Request'),
    )
    expect(replayed[question!]!.given[0]!.primitive.name).toBe('PresenceAuth-Request')
    expect(textIn(replayed[question!]!.given[0]!.primitive, 'UserID')).toBe('wv:usera')
    expect([question! > subscription!, question! < leave!]).toEqual([true, true])
    // Neither the subscriptions that follow nor the list that usera takes it from and puts it on again ask anew.
    expect(others).toEqual([])
  })

  test('usera is told everything once it has leave, then what changes, and everything when it watches anew or comes back', () => {
    const [leave] = places(({ primitive }) => primitive === 'PresenceAuth-User')
    const change = places(({ user, primitive }) => user === 'userb' && primitive === 'UpdatePresence-Request').at(-1)!
    const [again] = places(({ request }) => request.child('AddNickList') !== undefined)
    const back = places(({ answer }) => textIn(answer?.primitive, 'SessionID') !== undefined).at(-1)!
    expect([leave! < change, change < again!, again! < back]).toEqual([true, true, true])

    expect(notifications(replayed.slice(0, leave), 'usera')).toEqual([])
    const [first] = notifications(replayed.slice(leave, change), 'usera')
    expect(first).toEqual(expect.arrayContaining(attributesOf(replayed.slice(0, change), 'userb')))
    // OnlineStatus and what else is as it was stays untold.
    const changed = namesIn(replayed[change]!.request.child('PresenceSubList')).filter(
      (name) => name !== 'OnlineStatus',
    )
    expect(notifications(replayed.slice(change, again), 'usera')).toEqual([changed])
    const everything = attributesOf(replayed, 'userb')
    for (const part of [replayed.slice(again, back), replayed.slice(back)]) {
      const told = notifications(part, 'usera')
      expect(told).toHaveLength(1)
      expect([...told[0]!].sort()).toEqual([...everything].sort())
    }
  })

  const sentBy = (user: string): Replayed[] =>
    replayed.filter((one) => one.user === user && one.primitive === 'SendMessage-Request')
  const codesOf = (sent: readonly Replayed[]) =>
    sent.map(({ answer }) => textIn(answer?.primitive, 'Result', 'Code') ?? '')

  test('a message is refused while its sender is blocked, and to a user that there is not', () => {
    // Blocked; polled for; a group; after the other's network was away; after the other is back in its session.
    expect(codesOf(sentBy('userb'))).toEqual(['532', '200', '200', '200', '200'])
    // Polled for; five at once; nobody; a group; once it is back in its session.
    expect(codesOf(sentBy('usera'))).toEqual(['200', ...Array(5).fill('200'), '531', '200', '200'])
    expect(sentBy('userb')[0]!.content).toBe('while blocked')
  })

  test.each([
    ['usera', 'userb'],
    ['userb', 'usera'],
  ])('what %s sends and is accepted comes to %s, each message once, letter by letter, in order', (from, to) => {
    const sent = sentBy(from)
    const codes = codesOf(sent)
    const accepted = sent.filter((_, place) => codes[place] === '200').map(({ content }) => content)
    expect(told.mail.arrivals(to).map(({ content }) => content)).toEqual(accepted)
    // Escaped characters and one of two bytes, in both directions.
    expect(accepted.filter((content) => content?.includes('<&> é')).length).toBeGreaterThan(0)
  })

  test('of five messages at once the first comes to a poll, the others each with the acknowledgement of the one before', () => {
    const burst = told.mail.arrivals('userb').filter(({ content }) => content.startsWith('burst'))
    expect(burst.map(({ content }) => content)).toEqual([0, 1, 2, 3, 4].map((number) => `burst ${number}`))
    expect(burst.map(({ by }) => by)).toEqual(['Polling-Request', ...Array(4).fill('MessageDelivered')])
    expect(new Set(burst.map(({ id }) => id)).size).toBe(5)
  })

  test('a message finds its way after the session was taken up again, in both directions (R10)', () => {
    const back = places(({ answer }) => textIn(answer?.primitive, 'SessionID') !== undefined).at(-1)!
    const contents = replayed.slice(back).flatMap(({ given }) => given.map(({ primitive }) => primitive))
    const messages = contents.filter(({ name }) => name === 'NewMessage')
    expect(messages.map((one) => textIn(one, 'ContentData')?.replace(/ [^ ]* é\d+$/, ''))).toEqual([
      'message to A after re-establishment',
      'message from A after re-establishment',
    ])
  })

  test('an invitation to a group comes to the other, and the answer to its inviter, by their screen names', () => {
    const [given, answer, ...others] = told.invitations
    expect(others).toEqual([])
    const invite = replayed.find(({ primitive }) => primitive === 'Invite-Request')!.request
    expect([given?.user, given?.primitive.name]).toEqual(['userb', 'InviteUser-Request'])
    expect(textIn(given?.primitive, 'GroupID')).toBe(invite.textOf('GroupID'))
    expect(textIn(given?.primitive, 'Sender', 'Group', 'ScreenName', 'SName')).toBe(
      invite.find('ScreenName', 'SName')!.text,
    )
    expect([answer?.user, answer?.primitive.name]).toEqual(['usera', 'Invite-Response'])
    expect(textIn(answer?.primitive, 'InviteID')).toBe(invite.textOf('InviteID'))
    expect(textIn(answer?.primitive, 'Acceptance')).toBe('T')
  })

  test('who has made the group is told that the other comes and leaves, and each what the other says in it', () => {
    const [name] = replayed
      .filter(({ primitive, user }) => primitive === 'JoinGroup-Request' && user === 'userb')
      .map(({ request }) => request.find('ScreenName', 'SName')?.text ?? 'userb')
    expect(told.notices).toEqual([
      ['usera', 'joined', name],
      ['usera', 'left', name],
    ])
    const said = replayed.filter(({ request }) => request.find('MessageInfo', 'Recipient', 'Group'))
    expect(said.map(({ user }) => user)).toEqual(['usera', 'userb'])
    for (const { user, content } of said)
      expect(told.mail.contents(user === 'usera' ? 'userb' : 'usera')).toContain(content)
  })

  test('everything that the server opens is acknowledged, and acknowledgements of anything else do no harm', () => {
    expect([replay.unacknowledged('usera'), replay.unacknowledged('userb')]).toEqual([[], []])
  })

  test('after its logout it comes back in the morning with the same requests (R1, R2, R4)', async () => {
    replay.world.clock.advance(9 * 3_600_000)
    const logins = exchanges.filter(({ body }) => body.includes('<Login-Request>'))
    const back = logins.filter(({ body }) => textOf(body, 'SessionType') === 'Inband')
    const after = exchanges.slice(exchanges.indexOf(back.at(-1)!) + 1)
    const service = after.find(({ body }) => body.includes('<Service-Request>'))!
    const logout = after.find(({ body }) => body.includes('<Logout-Request'))!
    const [, login] = await replayAll(replay, [...back, service, logout])
    expect(textIn(login?.answer?.primitive, 'CapabilityRequest')).toBe('F')
    expect(textIn(login?.answer?.primitive, 'SessionID')).toBe(replay.sessionOf(textOf(back[0]!.body, 'SessionID')!))
  })

  test('what it polls away right after it came back is told once more when it subscribes (R11, clients.md 26)', async () => {
    const again = await Replay.start(dynalite, 'localhost', passwords)
    try {
      const place = replayed.findLastIndex(({ answer }) => textIn(answer?.primitive, 'SessionID') !== undefined) + 1
      const poll = replayed.findLastIndex(({ recordedName }) => recordedName === 'PresenceNotification-Request')
      // The poll and the acknowledgement that follow its subscription, before it as well.
      const early = exchanges.slice(poll, poll + 2)
      const all = await replayAll(again, exchanges.toSpliced(place, 0, ...early))
      const everything = attributesOf(all, 'userb').sort()
      const told = notifications(all.slice(place), 'usera').map((names) => [...names].sort())
      expect(told).toEqual([everything, everything])
      expect(notifications(all.slice(place, place + 2), 'usera')).toHaveLength(1)
    } finally {
      await again.stop()
    }
  })

  test('a message whose acknowledgement is lost comes again under its number when it is back, once (R13, clients.md 28)', async () => {
    const again = await Replay.start(dynalite, 'localhost', passwords)
    try {
      const all = new Told()
      const isBack = ({ body }: Exchange) =>
        body.includes('<Login-Request>') && textOf(body, 'SessionType') === 'Inband'
      const lost = exchanges
        .slice(0, exchanges.findIndex(isBack))
        .findLastIndex(({ body }) => body.includes('<MessageDelivered>'))
      const before = exchanges.slice(0, lost)
      const sent = before.findLast(({ body }) => body.includes('<SendMessage-Request>'))!
      const after = (await replayAll(again, exchanges.toSpliced(lost, 1), all)).slice(lost)

      const [, login] = after.filter(({ primitive }) => primitive === 'Login-Request')
      expect([textIn(login?.answer?.primitive, 'Result', 'Code'), login?.poll]).toEqual(['200', true])
      const [poll] = after.filter(({ primitive }) => primitive === 'Polling-Request')
      expect(textIn(poll?.given[0]?.primitive, 'ContentData')).toBe(contentOf(sent.body))
      // The same to the phone, so that it can tell that it has it already; Mail looks at the rest.
      const arrivals = all.mail.arrivals('usera').filter(({ content }) => content === contentOf(sent.body))
      expect(arrivals.map(({ id }) => id)).toEqual(Array(2).fill(poll?.given[0]?.id))
      // What was sent after it comes after it, with its acknowledgement.
      const [last] = all.mail.arrivals('usera').slice(-1)
      expect([last?.by, last?.content]).toEqual(['MessageDelivered', all.mail.contentsFor('usera').at(-1)])
    } finally {
      await again.stop()
    }
  })

  test('past the window it is told 604, which makes it log in afresh (R5, R8)', async () => {
    replay.world.clock.advance(10 * 3_600_000 + 1000)
    const back = exchanges.filter(
      ({ body }) => /<Login-Request>/.test(body) && textOf(body, 'SessionType') === 'Inband',
    )
    const codes: (string | undefined)[] = []
    for (const one of back) codes.push(textIn((await replay.send(one)).answer?.primitive, 'Result', 'Code'))
    expect(codes).toEqual(['401', '604'])
  })
})

describe.skipIf(!hasRecording(sms20))('SMS20 (Colibria dialect), as recorded', () => {
  let exchanges: Exchange[]
  let logins: Exchange[]
  let replay: Replay
  beforeEach(async () => {
    exchanges = readRecording(sms20)
    logins = exchanges.filter(({ body }) => body.includes('<Login-Request>'))
    const passwords = new Map(
      logins.map(({ body }): [string, string] => [userIn(textOf(body, 'UserID')), textOf(body, 'Password')!]),
    )
    replay = await Replay.start(dynalite, 'movistar.es', passwords)
  })
  afterEach(() => replay.stop())

  test('every request gets the answer that is due, from login to logout', async () => {
    const told = new Told()
    const replayed = await replayAll(replay, exchanges, told)
    const first = replayed.filter(({ primitive }) => primitive === 'Login-Request')
    expect(first.map(({ answer }) => textIn(answer?.primitive, 'KeepAliveTime'))).toEqual(['1620', '1620'])
    expect(first.map(({ answer }) => textIn(answer?.primitive, 'CapabilityRequest'))).toEqual(['T', 'T'])

    // A list that was empty when it was subscribed to: who comes onto it is asked, and watched (clients.md 19).
    const [watching = '', watched = ''] = first.map(({ user }) => user)
    const added = replayed.findIndex(({ request }) => request.child('AddNickList') !== undefined)
    const leave = replayed.findIndex(({ primitive }) => primitive === 'PresenceAuth-User')
    const sent = replayed.findIndex(({ primitive }) => primitive === 'SendMessage-Request')
    const kinds = (part: readonly Replayed[], user: string) =>
      part.filter((one) => one.user === user).flatMap(({ given }) => given.map(({ primitive }) => primitive.name))
    expect(kinds(replayed.slice(0, added), watched)).toEqual([])
    expect(kinds(replayed.slice(added, leave), watched)).toEqual(['PresenceAuth-Request'])
    expect(kinds(replayed.slice(leave, sent), watched)).toEqual([])
    expect(notifications(replayed.slice(0, leave), watching)).toEqual([])
    const subscription = replayed.find(({ primitive }) => primitive === 'SubscribePresence-Request')!
    const [values = [], ...others] = notifications(replayed, watching)
    expect([...values].sort()).toEqual(attributesOf(replayed, watched).sort())
    expect(namesIn(subscription.request.child('PresenceSubList'))).toEqual(expect.arrayContaining(values))
    expect(others).toEqual([])

    // Markup as it was written, quotes and all; it polls on at once, and that brings nothing again.
    expect(replayed[sent]!.request.find('MessageInfo', 'ContentType')?.text).toBe('text/html')
    expect(replayed[sent]!.content).toContain('font-family:"Microsoft Sans Serif"')
    expect(kinds(replayed.slice(sent), watched)).toEqual(['NewMessage'])
    expect(told.mail.contents(watched)).toEqual([replayed[sent]!.content])
    expect(told.mail.arrivals(watching)).toEqual([])
    // It answers the question and never acknowledges a notification or a message (clients.md 23).
    expect(replay.unacknowledged(watched)).toEqual(['NewMessage'])
    expect(replay.unacknowledged(watching)).toEqual(['PresenceNotification-Request'])
  })

  test('messages that it never acknowledges come a few times each, and what follows comes all the same (clients.md 23)', async () => {
    const sending = exchanges.findIndex(({ body }) => body.includes('<SendMessage-Request>'))
    const message = exchanges[sending]!
    const poll = exchanges.slice(sending).find(({ body }) => body.includes('<Polling-Request'))!
    const recipient = userIn(textOf(message.body, 'UserID'))
    await replayAll(replay, exchanges.slice(0, sending))
    const { clock } = replay.world
    const begin = clock.now()

    // The recorded message as often as it is wanted, each with something of its own in the recorded markup.
    const contentOfMessage = (text: string) => contentOf(message.body)!.replace('hola', text)
    const send = async (id: string, text: string) => {
      const numbered = message.body.replace(/<TransactionID>[^<]*</, `<TransactionID>${id}<`)
      const { answer } = await replay.send({ ...message, body: numbered.replace('hola', text) })
      expect(textIn(answer?.primitive, 'Result', 'Code')).toBe('200')
    }
    const arrivals: { text: string; id: string; after: number }[] = []
    // Until there is nothing left to be sent at the moment.
    const pollAll = async () => {
      for (;;) {
        const [given] = (await replay.send(poll)).given
        if (!given) return
        expect(given.primitive.name).toBe('NewMessage')
        const content = textIn(given.primitive, 'ContentData')!
        const text = ['uno', 'dos', 'tres', 'cuatro'].find((one) => contentOfMessage(one) === content) ?? content
        arrivals.push({ text, id: given.id, after: (clock.now() - begin) / 1000 })
      }
    }
    const pollFor = async (seconds: number) => {
      for (let passed = 0; passed < seconds; passed += 5) {
        await pollAll()
        clock.advance(5000)
      }
    }
    const timesOf = (text: string) => arrivals.filter((one) => one.text === text).map(({ after }) => after)
    const idsOf = (text: string) => [...new Set(arrivals.filter((one) => one.text === text).map(({ id }) => id))]

    await send('101', 'uno')
    await send('102', 'dos')
    await pollFor(300)
    // The first answer may have been lost, so the second message waits for the first to come once more.
    expect(timesOf('uno')).toEqual([0, 10, 30, 70])
    expect(timesOf('dos')).toEqual([10, 20, 40, 80])
    // By now it is known that nothing will be acknowledged, so nothing waits for that any more.
    await send('103', 'tres')
    await send('104', 'cuatro')
    await pollFor(300)
    expect(timesOf('tres')).toEqual([300, 310, 330, 370])
    expect(timesOf('cuatro')).toEqual([300, 310, 330, 370])
    const ids = ['uno', 'dos', 'tres', 'cuatro'].map(idsOf)
    expect(ids.map((some) => some.length)).toEqual([1, 1, 1, 1])
    expect(new Set(ids.flat()).size).toBe(4)

    // Nothing is lost by that: another session of the user is given all of them, in order.
    arrivals.length = 0
    await replay.send(logins.find(({ body }) => userIn(textOf(body, 'UserID')) === recipient)!)
    await pollFor(300)
    expect([...new Set(arrivals.map(({ text }) => text))]).toEqual(['uno', 'dos', 'tres', 'cuatro'])
  })
})
