import { expect, test } from 'vitest'
import { client, stage } from '../messaging/stage.ts'
import type { MemoryTable } from '../support/memoryTable.ts'
import { found, listed, search } from './stage.ts'

const named = (many: number) => Array.from({ length: many }, (_, number) => `user${String(number).padStart(4, '0')}`)

/** Postings of users who are not there: they fill the index, and nobody is found by them. */
async function crowd(table: MemoryTable, pk: string, many: number, text: string): Promise<void> {
  for (const user of named(many)) await table.put({ pk, sk: `${user}#gone`, text, version: 1 })
}

test('more than 200 who match are too many hits (536), and nobody is looked at', async () => {
  const at = await stage(['ann'])
  const ann = await client(at, 'ann')
  await crowd(at.table, 'find#user#USER_LAST_NAME#*ith', 201, 'smith')
  let reads = 0
  at.table.observe(({ call }) => {
    if (call === 'get' || call === 'query') reads++
  })
  expect(found(await search(ann, { USER_LAST_NAME: 'smith' }))).toBe(536)
  expect(reads).toBeLessThan(5)
})

test('a piece that is too common is not looked through: another is, then the whole text, then it is too broad (537)', async () => {
  const at = await stage(['ann'])
  const ann = await client(at, 'ann')
  await listed(at.village, 'bob', { lastName: 'Smith' })
  await crowd(at.table, 'find#user#USER_LAST_NAME#*ith', 1001, 'keith')
  expect(found(await search(ann, { USER_LAST_NAME: 'smith' }))).toEqual(['wv:bob'])
  await crowd(at.table, 'find#user#USER_LAST_NAME#*smi', 1001, 'smiley')
  expect(found(await search(ann, { USER_LAST_NAME: 'smith' }))).toEqual(['wv:bob'])
  await crowd(at.table, 'find#user#USER_LAST_NAME#*mit', 1001, 'mitchell')
  expect(found(await search(ann, { USER_LAST_NAME: 'smith' }))).toEqual(['wv:bob'])
  expect(found(await search(ann, { USER_LAST_NAME: 'mith' }))).toBe(537)
})

test('a page is as long as the client can parse, and the next begins where it ends', async () => {
  const at = await stage(['ann'])
  for (const user of named(40)) await listed(at.village, user)
  const ann = await client(at, 'ann', { capabilities: { ParserSize: 1500 } })
  const all: string[] = []
  let reply = await search(ann, { USER_ID: 'user' })
  for (let pages = 0; pages < 20; pages++) {
    expect(Buffer.byteLength(reply.text)).toBeLessThanOrEqual(1500)
    all.push(...(found(reply) as string[]))
    expect(reply.primitive?.textOf('SearchFindings')).toBe('40')
    expect(reply.primitive?.textOf('SearchIndex')).toBe(String(all.length))
    if (reply.primitive?.flagOf('CompletionFlag')) break
    const SearchID = reply.primitive!.textOf('SearchID')!
    reply = await ann.request('Search-Request', { SearchID, SearchIndex: all.length + 1 })
  }
  expect(all).toEqual(named(40).map((user) => `wv:${user}`))
})

test('a page has 100 results at most, whatever the client asks for, and 50 when it does not say', async () => {
  const at = await stage(['ann'])
  for (const user of named(120)) await listed(at.village, user)
  const ann = await client(at, 'ann')
  expect(found(await search(ann, { USER_ID: 'user' }, 4_000_000_000))).toHaveLength(100)
  const silent = { SearchPairList: { SearchElement: 'USER_ID', SearchString: 'user' } }
  expect(found(await ann.request('Search-Request', silent))).toHaveLength(50)
})
