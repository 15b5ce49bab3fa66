import { beforeEach, describe, expect, test } from 'vitest'
import type { Slot } from '../../src/presence/subscription.ts'
import type { SlotStore } from '../../src/store/slots.ts'
import { createStore } from '../../src/store/store.ts'
import { createRandomBytes } from '../support/random.ts'
import { onBothTables } from './onBothTables.ts'

const holder = { id: 'session', companionsExpireAt: 5000 }
const ann = { user: 'ann', accountId: 'first ann' }
const key = { pk: 'session#session', sk: 'slot#ann' }

onBothTables((table) => {
  let slots: SlotStore
  beforeEach(() => {
    slots = createStore(table(), createRandomBytes('slots')).slots
  })

  const slot = async () => (await table().get(key, true)) as unknown as Slot | undefined
  const announce = (version: number, now = version * 1000) =>
    slots.announce(holder, ann, { version, since: version - 1 }, now)

  /** What a client that fetches the slot now is told, as its acknowledgement names it. */
  async function deliver(version: number) {
    const { stamp, refresh } = (await slot())!
    return { slot: 'ann', stamp, version, refresh }
  }

  describe('a version that is announced', () => {
    test('is to be told with all that came since the version before it', async () => {
      await announce(7)
      const times = { versionAt: 7000, at: 7000, expiresAt: 5000 }
      expect(await slot()).toMatchObject({ ...ann, version: 7, since: 6, ...times, stamp: expect.stringMatching(/./) })
      expect(await slot()).not.toHaveProperty('refresh')
    })

    test('takes up the one before it: since and place in the order stay, version and stamp are new', async () => {
      await announce(7)
      const before = (await slot())!
      await announce(8)
      await announce(9)
      expect(await slot()).toMatchObject({ version: 9, versionAt: 9000, since: 6, at: 7000 })
      expect((await slot())!.stamp).not.toBe(before.stamp)
    })

    test('after a later one lowers since, so that its changes are told too, and is another slot', async () => {
      await announce(9)
      const before = (await slot())!
      await announce(7)
      expect(await slot()).toMatchObject({ version: 9, versionAt: 9000, since: 6, at: 9000 })
      expect((await slot())!.stamp).not.toBe(before.stamp)
    })

    test('after a later one that covers it changes nothing', async () => {
      await announce(7)
      await announce(9)
      const before = await slot()
      await announce(8)
      expect(await slot()).toEqual(before)
    })

    test('twice, as a job that is resumed does, is told once more and no further back', async () => {
      await announce(7)
      await announce(7, 9000)
      expect(await slot()).toMatchObject({ version: 7, since: 6, at: 7000 })
    })

    test('while everything is still to be told leaves it so', async () => {
      await slots.refresh(holder, ann, 1000)
      const { refresh } = (await slot())!
      await announce(7)
      expect(await slot()).toMatchObject({ version: 7, refresh, at: 1000 })
    })
  })

  describe('everything of a user', () => {
    test('is to be told whatever the session knows', async () => {
      await announce(7)
      await slots.refresh(holder, ann, 8000)
      const { stamp, refresh, since, ...rest } = (await slot())!
      expect(since).toBeUndefined()
      expect(refresh).toBe(stamp)
      expect(rest).toMatchObject({ ...ann, version: 7, at: 7000, expiresAt: 5000 })
    })

    test('is asked for anew by each call, and by one that says `once` only when it was not before (R11)', async () => {
      await slots.refresh(holder, ann, 1000, { once: true })
      const first = (await slot())!
      await slots.refresh(holder, ann, 2000, { once: true })
      expect(await slot()).toEqual(first)
      await slots.refresh(holder, ann, 3000)
      const second = (await slot())!
      expect(second).toMatchObject({ at: 1000 })
      expect(second.refresh).not.toBe(first.refresh)
      await slots.acknowledge('session', await deliver(7))
      await slots.refresh(holder, ann, 4000, { once: true })
      expect(await slot()).toMatchObject({ at: 4000, refresh: expect.any(String) })
    })

    test('is asked for once also when news of a change waits already', async () => {
      await announce(7)
      await slots.refresh(holder, ann, 8000, { once: true })
      expect(await slot()).toMatchObject({ version: 7, refresh: expect.any(String) })
    })

    test('of a new account of the same name is another thing', async () => {
      await slots.refresh(holder, ann, 1000)
      await slots.refresh(holder, { user: 'ann', accountId: 'second ann' }, 2000, { once: true })
      expect(await slot()).toMatchObject({ accountId: 'second ann' })
    })

    test('remembers what can no longer be seen until it was told', async () => {
      await slots.refresh(holder, ann, 1000, { hidden: 5 })
      await slots.refresh(holder, ann, 2000)
      expect(await slot()).toMatchObject({ hidden: 5 })
      const delivered = await deliver(7)
      await announce(8)
      await slots.acknowledge('session', delivered)
      expect(await slot()).not.toHaveProperty('hidden')
    })
  })

  describe('an acknowledgement', () => {
    test('of the slot as it is removes it', async () => {
      await announce(7)
      await slots.acknowledge('session', await deliver(7))
      expect(await slot()).toBeUndefined()
    })

    test('of an older one leaves what came since, and nothing else, to be told', async () => {
      await announce(7)
      const delivered = await deliver(7)
      await announce(8)
      await slots.acknowledge('session', delivered)
      expect(await slot()).toMatchObject({ version: 8, since: 7 })
    })

    test('never makes the session know less: since is not lowered', async () => {
      await announce(7)
      const early = await deliver(6)
      await announce(8)
      const late = await deliver(7)
      await announce(9)
      await slots.acknowledge('session', late)
      await slots.acknowledge('session', early)
      expect(await slot()).toMatchObject({ version: 9, since: 7 })
    })

    test('of everything leaves only what came since: no more has everything to be told', async () => {
      await slots.refresh(holder, ann, 1000)
      const delivered = await deliver(7)
      await announce(8)
      await slots.acknowledge('session', delivered)
      expect(await slot()).toMatchObject({ version: 8, since: 7 })
      expect(await slot()).not.toHaveProperty('refresh')
    })

    test('of everything does not settle everything that was asked for since', async () => {
      await slots.refresh(holder, ann, 1000, { hidden: 1 })
      const delivered = await deliver(7)
      await slots.refresh(holder, ann, 2000, { hidden: 3 })
      const asked = await slot()
      await slots.acknowledge('session', delivered)
      expect(await slot()).toEqual(asked)
    })

    test('of a change does not settle everything that was asked for since', async () => {
      await announce(7)
      const delivered = await deliver(7)
      await slots.refresh(holder, ann, 8000)
      const asked = await slot()
      await slots.acknowledge('session', delivered)
      expect(await slot()).toEqual(asked)
    })

    test('of what is gone brings nothing back', async () => {
      await announce(7)
      const delivered = await deliver(7)
      await slots.clear('session', 'ann')
      await slots.acknowledge('session', delivered)
      await slots.acknowledge('session', { ...delivered, refresh: delivered.stamp })
      expect(await slot()).toBeUndefined()
    })
  })

  test('a slot is removed as it was seen, and stays when it has changed since', async () => {
    await announce(7)
    const seen = (await slot())!
    await announce(8)
    expect(await slots.remove('session', seen)).toBe(false)
    expect(await slot()).toMatchObject({ version: 8 })
    expect(await slots.remove('session', (await slot())!)).toBe(true)
    expect(await slots.remove('session', seen)).toBe(false)
    expect(await slot()).toBeUndefined()
  })

  test('a new account of the same name starts from its own versions: none of the former is waited for', async () => {
    await announce(50)
    const second = { user: 'ann', accountId: 'second ann' }
    await slots.refresh(holder, second, 60_000)
    const delivered = await deliver(2)
    await slots.announce(holder, second, { version: 3, since: 2 }, 61_000)
    await slots.acknowledge('session', delivered)
    expect(await slot()).toMatchObject({ accountId: 'second ann', version: 3, since: 2 })
  })

  test('each session and each user has a slot of its own', async () => {
    const other = { id: 'other', companionsExpireAt: 5000 }
    await announce(7)
    await slots.announce(other, ann, { version: 7, since: 6 }, 7000)
    await slots.announce(holder, { user: 'ann#', accountId: 'x' }, { version: 1, since: 0 }, 7000)
    await slots.clear('session', 'ann')
    expect(await slot()).toBeUndefined()
    expect((await table().query({ pk: 'session#other', consistent: true })).map(({ sk }) => sk)).toEqual(['slot#ann'])
    expect((await table().query({ pk: 'session#session', consistent: true })).map(({ sk }) => sk)).toEqual([
      'slot#ann#',
    ])
  })
})
