import { describe, expect, test } from 'vitest'
import { expressions } from '../../src/store/expressions.ts'
import { itemSize } from '../support/memory/values.ts'
import { createMemoryTable, type MemoryTable } from '../support/memoryTable.ts'
import type { Phone, Reply } from '../support/phone.ts'
import {
  client,
  delivered,
  fetchAll,
  hotItem,
  messageIdOf,
  type Stage,
  send,
  stage,
  textOf,
  waitingFor,
} from './stage.ts'

// Messages that are many, or large: what is stored, what an item holds, what DynamoDB allows.

describe('IMPS_MESSAGES_STORED_MAX', () => {
  const few = { environment: { IMPS_MESSAGES_STORED_MAX: '20' } }

  test('holds when reports come among the messages', async () => {
    const at = await stage(['ann', 'bob'], few)
    const bob = await client(at, 'bob')
    const ann = await client(at, 'ann')
    for (let number = 0; number < 4; number++) await send(ann, 'bob', `wants a report ${number}`, { report: true })
    await ann.request('Logout-Request')
    for (let time = 0; time < 4; time++) {
      for (let number = 0; number < 18; number++) {
        at.village.clock.advance(10)
        await send(bob, 'ann', `message ${time} ${number}`)
      }
      at.village.clock.advance(20_000)
      await delivered(bob, await bob.poll())
    }
    const kinds = (await waitingFor(at, 'ann')).map(({ kind }) => kind)
    expect(kinds.filter((kind) => kind === 'message').length).toBeLessThanOrEqual(20)
    // A report on what was sent already is put in whatever is there.
    expect(kinds.filter((kind) => kind === 'report').length).toBe(4)
  })

  test('holds for the reports that a sender does not fetch: it gets no more of them', async () => {
    const at = await stage(['ann', 'bob'], few)
    const bob = await client(at, 'bob')
    const ann = await client(at, 'ann')
    const codes: (number | undefined)[] = []
    for (let number = 0; number < 60; number++) {
      at.village.clock.advance(1000)
      codes.push((await send(bob, 'ann', `message ${number}`, { report: true })).code)
      await fetchAll(ann)
    }
    expect((await waitingFor(at, 'bob')).length).toBe(20)
    expect(codes).toEqual([...Array(20).fill(200), ...Array(40).fill(507)])
    expect((await send(bob, 'ann', 'without a report')).code).toBe(200)
  })
})

/** A table in memory that notes how long the UpdateExpressions are in which its changes would go to DynamoDB. */
function measuringUpdates(): { readonly table: MemoryTable; readonly longest: () => number } {
  const table = createMemoryTable()
  let longest = 0
  const measured: MemoryTable = {
    ...table,
    update(key, change, condition) {
      longest = Math.max(longest, expressions(condition, change).UpdateExpression!.length)
      return table.update(key, change, condition)
    },
    get size() {
      return table.size
    },
  }
  return { table: measured, longest: () => longest }
}

describe('a client that never acknowledges', () => {
  /** It polls for nearly two hours, and once more when all of its 300 messages are past their validity. */
  async function polling(table: MemoryTable, most: number, note: (at: Stage, ann: Phone, reply: Reply) => void) {
    const at = await stage(['ann', 'bob'], { table })
    const bob = await client(at, 'bob')
    for (let number = 0; number < 300; number++) await send(bob, 'ann', `${number}`, { info: { Validity: 7000 } })
    const capabilities = { ServerPollMin: 30, MultiTransPerMessage: most }
    const ann = await client(at, 'ann', { version: '1.3', capabilities })
    for (let time = 0; time < 650; time++) {
      note(at, ann, await ann.poll())
      at.village.clock.advance(10_100)
    }
    at.village.clock.advance(600_000)
    note(at, ann, await ann.poll())
  }

  test.each([1, 10])(
    'has a session of two kilobytes at most, and is told of one message after another, %s at a time',
    async (most) => {
      const seen = new Set<string>()
      let largest = 0
      await polling(createMemoryTable(), most, (at, ann, { message }) => {
        for (const { primitive } of message?.transactions ?? []) seen.add(primitive.textOf('ContentData')!)
        largest = Math.max(largest, itemSize(hotItem(at, ann)))
      })
      expect(seen.size).toBeGreaterThan(150)
      expect(largest).toBeLessThanOrEqual(2048)
    },
  )

  test('has a session whose changes DynamoDB takes: an UpdateExpression has 4096 characters at most', async () => {
    const { table, longest } = measuringUpdates()
    await polling(table, 1, () => {})
    expect(longest()).toBeGreaterThan(0)
    expect(longest()).toBeLessThanOrEqual(4096)
  })
})

test('a content that is called BASE64 is looked at in a time that grows with its length, not with the square of it', async () => {
  const at = await stage(['ann', 'bob'], {
    environment: { IMPS_MESSAGE_MAX_BYTES: '400000', IMPS_MAX_REQUEST_BYTES: '500000' },
  })
  const bob = await client(at, 'bob')
  for (const content of [`${' '.repeat(300_000)}!`, `A${' '.repeat(300_000)}!`, `A=${' '.repeat(300_000)}!`])
    expect((await send(bob, 'ann', content, { info: { ContentEncoding: 'BASE64' } })).code).toBe(402)
}, 5000)

test('a content that does not fit into one item of DynamoDB comes as it was sent', async () => {
  const at = await stage(['ann', 'bob'], {
    environment: { IMPS_MESSAGE_MAX_BYTES: '1000000', IMPS_MAX_REQUEST_BYTES: '1100000' },
  })
  const bob = await client(at, 'bob')
  const ann = await client(at, 'ann')
  // 901 001 bytes: each border between two parts is in the middle of a character.
  const content = `x${'€'.repeat(300_333)}y`
  expect((await send(bob, 'ann', content)).code).toBe(200)
  const parts = at.table.items().filter(({ sk }) => sk.startsWith('part#'))
  expect(parts.map(({ bytes }) => (bytes as Uint8Array).length)).toEqual([300_000, 300_000, 300_000, 1001])
  const [fetched] = await fetchAll(ann)
  expect(fetched === content).toBe(true)
})

describe('a message to 1000 users', () => {
  const users = Array.from({ length: 1000 }, (_, number) => `user${number}`)

  test('comes to each of them once, however often the request is repeated', async () => {
    const at = await stage(['bob', ...users])
    const bob = await client(at, 'bob')
    const first = await send(bob, users, 'hello', { transactionId: '7' })
    expect(first.code).toBe(200)
    const again = await send(bob, users, 'hello', { transactionId: '7' })
    expect(messageIdOf(again)).toBe(messageIdOf(first))
    const entries = at.table.items().filter(({ sk }) => sk.startsWith('inbox#'))
    expect(entries.map((entry) => entry.for).sort()).toEqual([...users].sort())
    const last = await client(at, users.at(-1)!)
    expect(textOf(await last.poll())).toBe('hello')
  })

  test('and one more is refused as a whole', async () => {
    const at = await stage(['bob', ...users, 'ann'])
    const bob = await client(at, 'bob')
    const reply = await send(bob, [...users, 'ann'], 'hello')
    expect(reply.code).toBe(402)
    expect(at.table.items().filter(({ sk }) => sk.startsWith('inbox#'))).toEqual([])
  })
})
