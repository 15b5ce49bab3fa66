import { describe, expect, test } from 'vitest'
import type { Change, Key, Table } from '../../src/store/table.ts'
import { Throttled } from '../support/faultTable.ts'
import { justBefore } from '../support/justBefore.ts'
import { client, delivered, fetchAll, messageIdOf, over, reportsTo, type Stage, send, stage, textOf } from './stage.ts'

// Messages of which a write has failed, and messages that are settled in another way while a poll is about to send them.

/** The table, with updates that are refused. */
const refusing = ({ table }: Stage, is: (key: Key, change: Change) => boolean): Table => ({
  ...table,
  async update(key, change, condition) {
    if (is(key, change)) throw new Throttled('ThrottlingException')
    return table.update(key, change, condition)
  },
})

/** The bell of a session cannot be rung. */
const withoutBell = (at: Stage, { sessionId }: { readonly sessionId: string | undefined }): Table =>
  refusing(at, ({ pk }, { set = {} }) => pk === `session#${sessionId}` && 'bell' in set)

async function bobAndAnn() {
  const at = await stage(['ann', 'bob', 'carl'])
  return { at, bob: await client(at, 'bob'), ann: await client(at, 'ann') }
}

describe('a bell that cannot be rung', () => {
  test('does not fail the request: the message is there, and found with the next request that is stored', async () => {
    const { at, bob, ann } = await bobAndAnn()
    expect((await send(over(bob, at, withoutBell(at, ann)), 'ann', 'hello')).code).toBe(200)
    expect((await ann.poll()).name).toBe('nothing')
    await ann.request('KeepAlive-Request')
    expect(await fetchAll(ann)).toEqual(['hello'])
  })

  test('does not fail an acknowledgement of which the sender is told by a report', async () => {
    const { at, bob, ann } = await bobAndAnn()
    await send(bob, 'ann', 'hello', { report: true })
    const reply = await delivered(over(ann, at, withoutBell(at, bob)), await ann.poll())
    expect(reply.name).toBe('nothing')
    at.village.clock.advance(11_000)
    expect(await fetchAll(ann)).toEqual([])
    await bob.request('KeepAlive-Request')
    expect(await reportsTo(bob)).toEqual([200])
  })
})

test('a report whose call has died before the mark is told once, though the message is acknowledged again much later', async () => {
  const { at, bob, ann } = await bobAndAnn()
  await send(bob, 'ann', 'hello', { report: true })
  const isMark = ({ pk }: Key, { set = {} }: Change) => pk.startsWith('user#') && 'done' in set
  expect((await delivered(over(ann, at, refusing(at, isMark)), await ann.poll())).code).toBe(500)
  const codes = await reportsTo(bob)
  for (let time = 0; time < 2; time++) {
    // The mark of the report is there for six minutes after it was made.
    at.village.clock.advance(200_000)
    await fetchAll(ann)
    codes.push(...(await reportsTo(bob)))
  }
  expect(codes).toEqual([200])
})

describe('a poll that is about to send a message', () => {
  test.each([
    ['rejected', 'RejectMessage-Request', {}],
    ['forwarded', 'ForwardMessage-Request', { Recipient: { User: { UserID: 'wv:carl' } } }],
  ])('brings nothing when that is %s', async (_, name, content) => {
    const { at, bob, ann } = await bobAndAnn()
    // So that the session holds the inbox, and does not look into it again.
    await send(bob, 'ann', 'zero')
    await fetchAll(ann)
    const MessageID = messageIdOf(await send(bob, 'ann', 'hello'))
    let code: number | undefined
    const table = justBefore(
      at.table,
      (call, key) => call === 'update' && 'sk' in key && key.sk === 'hot',
      async () => {
        code = (await ann.request(name, { MessageID, ...content })).code
      },
    )
    expect((await over(ann, at, table).poll()).name).toBe('nothing')
    expect(code).toBe(200)
  })

  test('brings nothing when that is acknowledged in the session to which it was sent before', async () => {
    const { at, bob, ann: one } = await bobAndAnn()
    const two = await client(at, 'ann', { client: 'two' })
    await send(bob, 'ann', 'hello')
    const shown = await one.poll()
    expect(textOf(shown)).toBe('hello')
    // The second becomes the holder of the inbox, and has to wait for the first.
    expect((await two.poll()).name).toBe('nothing')
    at.village.clock.advance(11_000)
    const isHolder = (call: keyof Table, key: object) => call === 'get' && 'sk' in key && key.sk === 'inbox'
    const table = justBefore(at.table, isHolder, () => delivered(one, shown))
    expect((await over(two, at, table).poll()).name).toBe('nothing')
    at.village.clock.advance(60_000)
    expect(await fetchAll(two)).toEqual([])
  })
})
