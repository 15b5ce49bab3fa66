import { describe, expect, test } from 'vitest'
import { client, over } from '../messaging/stage.ts'
import type { Phone } from '../support/phone.ts'
import {
  autoJoin,
  create,
  fetch,
  GroupID,
  join,
  leave,
  meanwhile,
  properties,
  say,
  startsWith,
  three,
} from './stage.ts'

// R12 and R13: what a session is told of the time before it ended, between, and before it asked.

const restore = (phone: Phone) => phone.login({ sessionId: phone.sessionId! })

describe('R12: what is said while a session is not joined', () => {
  test('is nothing for it from its deadline on, though nobody has come by to end it', async () => {
    const { at, ann } = await three()
    await create(ann)
    const bob = await client(at, 'bob', { client: 'short', timeToLive: 300 })
    await join(bob, undefined, autoJoin)
    await say(ann, 'before')
    at.village.clock.advance(900_000)
    await say(ann, 'after')
    await restore(bob)
    await say(ann, 'again')
    expect(await fetch(bob)).toEqual(['before', 'again'])
  })

  test('is nothing for it when it ends a second time before it has fetched anything', async () => {
    const { ann, bob } = await three()
    await create(ann)
    await join(bob, undefined, autoJoin)
    const expected: string[] = []
    for (const round of ['one', 'two', 'three']) {
      await say(ann, round)
      expected.push(round)
      await bob.request('Logout-Request')
      await say(ann, `not ${round}`)
      await restore(bob)
    }
    expect(await fetch(bob)).toEqual(expected)
  })

  test('is nothing for it, however often it has come and gone', async () => {
    const { ann, bob } = await three()
    await create(ann)
    await join(bob, undefined, autoJoin)
    for (let round = 0; round < 20; round++) {
      await bob.request('Logout-Request')
      await say(ann, `not ${round}`)
      await restore(bob)
    }
    await say(ann, 'now')
    expect(await fetch(bob)).toEqual(['now'])
  })
})

test('R12: a session whose join died after its restore is not joined, and is told nothing of what is said', async () => {
  const { at, ann, bob } = await three()
  await create(ann)
  await join(bob)
  await say(ann, 'before')
  await bob.request('Logout-Request')
  await restore(bob)
  const die = () => Promise.reject(new Error('dead'))
  const isJoined = startsWith('joined#')
  expect((await join(over(bob, at, meanwhile(at, 'put', isJoined, die)))).code).toBe(500)
  await say(ann, 'secret')
  expect(await fetch(bob)).toEqual(['before'])
  expect((await join(bob)).name).toBe('JoinGroup-Response')
  await say(ann, 'hello')
  expect(await fetch(bob)).toEqual(['hello'])
})

test('nor is one whose join died, of which something is on its way yet from an earlier stay', async () => {
  const { at, ann, bob } = await three()
  await create(ann)
  await join(bob)
  await say(ann, 'one')
  await bob.poll()
  await leave(bob)
  const die = () => Promise.reject(new Error('dead'))
  await join(over(bob, at, meanwhile(at, 'put', startsWith('joined#'), die)))
  await say(ann, 'secret')
  at.village.clock.advance(11_000)
  await bob.request('KeepAlive-Request')
  expect(await fetch(bob)).toEqual([])
})

describe('notices', () => {
  test('of before somebody has asked for them are not sent', async () => {
    const { ann, bob, cy } = await three()
    await create(ann)
    await join(bob)
    await join(cy)
    await leave(cy)
    await bob.request('SubscribeGroupNotice-Request', { GroupID, SubscribeType: 'S' })
    await say(ann, 'hello')
    await join(cy)
    expect(await fetch(bob)).toEqual(['hello', 'GroupChangeNotice'])
  })

  test('R13: of before the restore of a live session are not sent, messages are', async () => {
    const { ann, bob, cy } = await three()
    await create(ann)
    await join(bob, undefined, { ...autoJoin, SubscribeNotification: true })
    await join(cy)
    await say(ann, 'hello')
    await restore(bob)
    await leave(cy)
    expect(await fetch(bob)).toEqual(['hello', 'GroupChangeNotice'])
  })
})

test('R12: what is joined after a restore, before the client has negotiated, is not left when it has', async () => {
  const { at, ann, bob } = await three()
  await create(ann)
  await join(bob)
  // Another ClientID: capabilities have to be negotiated.
  const another = Object.assign(await client(at, 'bob', { client: 'another' }), { sessionId: bob.sessionId })
  await restore(another)
  expect((await join(another)).name).toBe('JoinGroup-Response')
  await another.request('ClientCapability-Request', { CapabilityList: { ServerPollMin: 30 } })
  const Functions = { WVCSPFeat: { FundamentalFeat: '', GroupFeat: '', IMFeat: '' } }
  await another.request('Service-Request', { Functions, AllFunctionsRequest: false })
  await say(ann, 'hello')
  expect(await fetch(another)).toEqual(['hello'])
})

describe('a request that cannot be', () => {
  test('CreateGroup with an impossible screen name makes no group', async () => {
    const { ann } = await three()
    const named = { ScreenName: { SName: 'x'.repeat(51), GroupID } }
    expect((await create(ann, {}, named)).code).toBe(402)
    expect((await create(ann)).code).toBe(200)
  })

  test('an impossible screen name is no own property (806)', async () => {
    const { ann } = await three()
    await create(ann, {}, { JoinGroup: false })
    const OwnProperties = properties({ ScreenName: 'x'.repeat(51) })
    expect((await ann.request('SetGroupProps-Request', { GroupID, OwnProperties })).code).toBe(806)
    expect((await join(ann)).name).toBe('JoinGroup-Response')
  })

  test('a message to very many screen names is refused', async () => {
    const { ann } = await three()
    await create(ann)
    const Group = [...Array(101).keys()].map((number) => ({ ScreenName: { SName: `n${number}`, GroupID } }))
    const content = { DeliveryReport: false, MessageInfo: { Recipient: { Group } }, ContentData: 'x' }
    expect((await ann.request('SendMessage-Request', content)).code).toBe(402)
  })
})
