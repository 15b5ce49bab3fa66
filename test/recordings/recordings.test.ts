import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Dynalite, startDynalite } from '../support/dynalite.ts'
import { type Exchange, hasRecording, readRecording, textOf } from './recording.ts'
import { find, Replay, type Replayed, textIn } from './replay.ts'

/**
 * Requests of the recorded clients that nothing here answers yet, and so get a Status 501. Whoever adds a primitive takes
 * it out of this list, and says below what its answer has to be.
 */
const notYet = new Set(
  (
    'GetPresence-Request UpdatePresence-Request SubscribePresence-Request UnsubscribePresence-Request PresenceAuth-User ' +
    'CancelAuth-Request DeleteAttributeList-Request GetList-Request CreateList-Request DeleteList-Request ' +
    'ListManage-Request GetBlockedList-Request BlockEntity-Request Search-Request Invite-Request InviteUser-Response ' +
    'SendMessage-Request CreateGroup-Request DeleteGroup-Request JoinGroup-Request LeaveGroup-Request ' +
    'AddGroupMembers-Request RemoveGroupMembers-Request'
  ).split(' '),
)

/** What the answer to each primitive that exists has to be; of a Login-Request as the recorded server said it. */
const answers: Readonly<Record<string, (replayed: Replayed) => void>> = {
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
  'Polling-Request': ({ answer }) => expect(answer).toBeUndefined(),
  'Logout-Request': ({ answer }) => {
    expect(answer?.primitive.name).toBe('Status')
    expect(textIn(answer?.primitive, 'Result', 'Code')).toBe('200')
  },
}

function check(replayed: Replayed): void {
  const { primitive, mode, answer } = replayed
  if (mode === 'Response') {
    // Acknowledgements of server transactions that do not exist yet.
    expect(answer).toBeUndefined()
  } else if (notYet.has(primitive)) {
    expect(answer?.primitive.name).toBe('Status')
    expect(textIn(answer?.primitive, 'Result', 'Code')).toBe('501')
  } else {
    expect(answers, `nothing says what the answer to ${primitive} has to be`).toHaveProperty([primitive])
    answers[primitive]!(replayed)
  }
}

async function replayAll(replay: Replay, exchanges: readonly Exchange[]): Promise<Replayed[]> {
  const replayed: Replayed[] = []
  for (const exchange of exchanges) {
    const one = await replay.send(exchange)
    try {
      check(one)
    } catch (error) {
      if (error instanceof Error) error.message = `REQUEST ${one.number} (${one.primitive}): ${error.message}`
      throw error
    }
    replayed.push(one)
    replay.world.clock.advance(1000)
  }
  return replayed
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
  beforeAll(async () => {
    exchanges = readRecording(android)
    replay = await Replay.start(dynalite, 'localhost', passwords)
  })
  afterAll(() => replay.stop())

  test('every request gets the answer that is due, from the wrong password to the logout', async () => {
    const replayed = await replayAll(replay, exchanges)
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
  test('every request gets the answer that is due, from login to logout', async () => {
    const exchanges = readRecording(sms20)
    const logins = exchanges.filter(({ body }) => body.includes('<Login-Request>'))
    const passwords = new Map(
      logins.map(({ body }): [string, string] => [
        textOf(body, 'UserID')!.replace(/^wv:|@.*$/g, ''),
        textOf(body, 'Password')!,
      ]),
    )
    const replay = await Replay.start(dynalite, 'movistar.es', passwords)
    try {
      const replayed = await replayAll(replay, exchanges)
      const first = replayed.filter(({ primitive }) => primitive === 'Login-Request')
      expect(first.map(({ answer }) => textIn(answer?.primitive, 'KeepAliveTime'))).toEqual(['1620', '1620'])
      expect(first.map(({ answer }) => textIn(answer?.primitive, 'CapabilityRequest'))).toEqual(['T', 'T'])
    } finally {
      await replay.stop()
    }
  })
})
