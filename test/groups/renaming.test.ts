import { describe, expect, test } from 'vitest'
import { client, over } from '../messaging/stage.ts'
import { create, dyingBefore, fetch, join, three } from './stage.ts'

// A session that joins again under another screen name has changed its name.

test('the old name stays with another session of the user that bears it', async () => {
  const { at, ann, bob, cy } = await three()
  await create(ann)
  const another = await client(at, 'bob', { client: 'another' })
  await join(bob, 'star')
  await join(another, 'star')
  await join(another, 'other')
  expect((await join(cy, 'Star')).code).toBe(811)
  await join(bob, 'moon')
  expect((await join(cy, 'Star')).name).toBe('JoinGroup-Response')
})

describe('others are told once, though the call died and was repeated', () => {
  test.each([...Array(18).keys()])('before its call %i', async (calls) => {
    const { at, ann, bob, cy } = await three()
    await create(ann, {}, { SubscribeNotification: true })
    await join(bob, 'bob')
    await fetch(ann)
    await join(over(bob, at, dyingBefore(at.table, calls + 1)), 'bobby')
    await join(bob, 'bobby')
    at.village.clock.advance(1_800_000)
    expect([...(await fetch(ann)), ...(await fetch(ann))]).toEqual(['GroupChangeNotice'])
    expect((await join(cy, 'Bobby')).code).toBe(811)
    expect((await join(cy, 'bob')).name).toBe('JoinGroup-Response')
  })
})
