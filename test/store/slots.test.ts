import { beforeEach, describe, expect, test } from 'vitest'
import type { Slot } from '../../src/presence/subscription.ts'
import type { SlotStore } from '../../src/store/slots.ts'
import { createStore } from '../../src/store/store.ts'
import { createRandomBytes } from '../support/random.ts'
import { onBothTables } from './onBothTables.ts'

const holder = { id: 'session', companionsExpireAt: 5000 }
const ann = { user: 'ann', accountId: 'first ann' }
const secondAnn = { user: 'ann', accountId: 'second ann' }
/** Attributes. */
const [some, others, all] = [5, 2, 7]
const key = { pk: 'session#session', sk: 'slot#ann' }

onBothTables((table) => {
  let slots: SlotStore
  beforeEach(() => {
    slots = createStore(table(), createRandomBytes('slots')).slots
  })

  const slot = async () => (await table().get(key, true)) as unknown as Slot | undefined
  const announce = (version: number, now = version * 1000) =>
    slots.announce(holder, ann, { version, since: version - 1 }, now)

  const refresh = (now: number, asked = all, once?: boolean) =>
    slots.refresh(holder, ann, now, { asked, ...(once !== undefined && { once }) })
  const reveal = (now: number, only: number, asked = all) => slots.reveal(holder, ann, now, only, asked)

  /** What a client that fetches the slot now is told, as its acknowledgement names it (delivery.ts). */
  async function deliver(version: number) {
    const { stamp, refresh, only, since } = (await slot())!
    return { slot: 'ann', stamp, version, refresh, ...(only !== undefined && { partial: true }), since }
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
      await refresh(1000)
      const { refresh: asked } = (await slot())!
      await announce(7)
      expect(await slot()).toMatchObject({ version: 7, since: 6, refresh: asked, asked: all, at: 1000 })
    })

    test('while something has become visible leaves that to be told too', async () => {
      await reveal(1000, some)
      const { refresh: asked } = (await slot())!
      await announce(7)
      expect(await slot()).toMatchObject({ version: 7, since: 6, refresh: asked, only: some, at: 1000 })
    })
  })

  describe('everything of a user', () => {
    test('is to be told whatever the session knows', async () => {
      await announce(7)
      await refresh(8000, some)
      const { stamp, refresh: asked, ...rest } = (await slot())!
      expect(asked).toBe(stamp)
      for (const none of ['since', 'only', 'hidden']) expect(rest).not.toHaveProperty(none)
      expect(rest).toMatchObject({ ...ann, asked: some, version: 7, at: 7000, expiresAt: 5000 })
    })

    test('is asked for anew by each call, and by one that says `once` only when it was not before (R11)', async () => {
      await refresh(1000, all, true)
      const first = (await slot())!
      await refresh(2000, all, true)
      expect(await slot()).toEqual(first)
      await refresh(3000)
      const second = (await slot())!
      expect(second).toMatchObject({ at: 1000 })
      expect(second.refresh).not.toBe(first.refresh)
      await slots.acknowledge('session', await deliver(7))
      await refresh(4000, all, true)
      expect(await slot()).toMatchObject({ at: 4000, refresh: expect.any(String) })
    })

    test.each([
      ['news of a change', () => announce(7)],
      ['a refresh of other attributes', () => refresh(7000, others)],
      ['a refresh of more attributes', () => refresh(7000, all)],
      ['what has become visible of them', () => reveal(7000, 1, some)],
      ['just what has become visible', () => reveal(7000, some, some)],
    ])('is asked for once also when %s waits already', async (_, wait) => {
      await wait()
      const before = (await slot())!
      await refresh(8000, some, true)
      const { version } = before
      expect(await slot()).toMatchObject({ asked: some, at: 7000, ...(version !== undefined && { version }) })
      expect((await slot())!.refresh).toBe((await slot())!.stamp)
      expect((await slot())!.stamp).not.toBe(before.stamp)
      expect(await slot()).not.toHaveProperty('only')
      // Now it waits.
      const asked = await slot()
      await refresh(9000, some, true)
      expect(await slot()).toEqual(asked)
    })

    test('is not asked for twice when news of a change has come since', async () => {
      await refresh(1000, some, true)
      await announce(7)
      const waiting = await slot()
      await refresh(8000, some, true)
      expect(await slot()).toEqual(waiting)
    })

    test('is asked for by one of two at a time that say `once`', async () => {
      const stamps = await Promise.all(
        [1, 2].map(async (now) => {
          await refresh(now, some, true)
          return (await slot())!.stamp
        }),
      )
      expect(new Set(stamps).size).toBe(1)
    })

    test.each([false, true])(
      'of a new account of the same name takes the place of all there was (once: %s)',
      async (once) => {
        const former = [
          () => announce(50),
          () => refresh(50_000, some),
          () => reveal(50_000, some, some),
          async () => {
            await reveal(50_000, some, some)
            await announce(50)
          },
        ]
        for (const wait of former) {
          await slots.clear('session', 'ann')
          await wait()
          await slots.refresh(holder, secondAnn, 60_000, { asked: some, once })
          const { stamp } = (await slot())!
          expect(await slot()).toEqual({
            ...{ ...key, schemaVersion: 1, writeId: expect.any(String) },
            ...{ ...secondAnn, stamp, refresh: stamp, asked: some, at: 60_000, expiresAt: 5000 },
          })
        }
      },
    )
  })

  describe('what has become visible, or is no longer', () => {
    test('is told alone, and beside it what has changed', async () => {
      await reveal(1000, some, all)
      const { stamp } = (await slot())!
      expect(await slot()).toMatchObject({ ...ann, refresh: stamp, only: some, asked: all, at: 1000, expiresAt: 5000 })
      expect(await slot()).not.toHaveProperty('since')
    })

    test('takes up news of a change: since, version and place in the order stay', async () => {
      await announce(7)
      await reveal(8000, some)
      expect(await slot()).toMatchObject({ version: 7, versionAt: 7000, since: 6, at: 7000, only: some })
      expect((await slot())!.refresh).toBe((await slot())!.stamp)
    })

    test('while all is still to be told is part of it: all is to be told anew', async () => {
      await refresh(1000, some)
      const before = (await slot())!
      await reveal(2000, 1, some)
      expect(await slot()).toMatchObject({ asked: some, at: 1000, refresh: expect.not.stringContaining(before.stamp) })
      expect(await slot()).not.toHaveProperty('only')
    })

    test('twice becomes everything, so that neither is forgotten', async () => {
      await announce(7)
      await reveal(8000, 1)
      await reveal(9000, 2)
      expect(await slot()).toMatchObject({ asked: all, version: 7, at: 7000 })
      for (const none of ['only', 'since']) expect(await slot()).not.toHaveProperty(none)
    })

    test('is forgotten where everything is asked for', async () => {
      await reveal(1000, some)
      await refresh(2000)
      expect(await slot()).toMatchObject({ asked: all, at: 1000 })
      expect(await slot()).not.toHaveProperty('only')
    })

    test('of two at a time is all told', async () => {
      await Promise.all([reveal(1000, 1), reveal(1000, 2)])
      expect(await slot()).toMatchObject({ asked: all, refresh: expect.any(String) })
      expect(await slot()).not.toHaveProperty('only')
    })
  })

  describe('an acknowledgement', () => {
    test.each([
      ['of a change', () => announce(7)],
      ['of everything', () => refresh(7000)],
      ['of what has become visible', () => reveal(7000, some)],
    ])('%s, of the slot as it is, removes it', async (_, wait) => {
      await wait()
      const delivered = await deliver(7)
      await slots.acknowledge('session', delivered)
      expect(await slot()).toBeUndefined()
      await slots.acknowledge('session', delivered)
      expect(await slot()).toBeUndefined()
    })

    test('of an older one leaves what came since, and nothing else, to be told', async () => {
      await announce(7)
      const delivered = await deliver(7)
      await announce(8)
      await slots.acknowledge('session', delivered)
      expect(await slot()).toMatchObject({ version: 8, since: 7 })
    })

    test('of what was told beyond what was announced is known as well', async () => {
      await announce(7)
      const delivered = await deliver(9)
      await announce(8)
      await announce(9)
      await announce(10)
      await slots.acknowledge('session', delivered)
      expect(await slot()).toMatchObject({ version: 10, since: 9 })
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

    test('twice notes it once', async () => {
      await announce(7)
      const delivered = await deliver(7)
      await announce(8)
      await slots.acknowledge('session', delivered)
      const once = await slot()
      await slots.acknowledge('session', delivered)
      expect(await slot()).toEqual(once)
    })

    test('does not settle an older version that was announced late: it is still to be told', async () => {
      await announce(9)
      const delivered = await deliver(9)
      await announce(7)
      const late = await slot()
      expect(late).toMatchObject({ version: 9, since: 6 })
      await slots.acknowledge('session', delivered)
      expect(await slot()).toEqual(late)
    })

    test('of everything leaves only what came since: no more has everything to be told', async () => {
      await refresh(1000)
      const delivered = await deliver(7)
      await announce(8)
      await slots.acknowledge('session', delivered)
      expect(await slot()).toMatchObject({ version: 8, since: 7 })
      for (const none of ['refresh', 'asked', 'only']) expect(await slot()).not.toHaveProperty(none)
    })

    test('of everything covers a version that was announced late: all was told', async () => {
      await refresh(1000)
      await announce(9)
      const delivered = await deliver(9)
      await announce(7)
      await slots.acknowledge('session', delivered)
      expect(await slot()).toMatchObject({ version: 9, since: 9 })
      expect(await slot()).not.toHaveProperty('refresh')
    })

    test.each([
      ['everything', () => refresh(1000)],
      ['what has become visible', () => reveal(1000, 1)],
      ['a change', () => announce(7)],
    ])('of %s does not settle everything that was asked for since', async (_, wait) => {
      await wait()
      const delivered = await deliver(7)
      await refresh(8000)
      const asked = await slot()
      await slots.acknowledge('session', delivered)
      expect(await slot()).toEqual(asked)
    })

    test('of everything does not settle what has become visible since', async () => {
      await refresh(1000)
      const delivered = await deliver(7)
      await reveal(8000, some)
      const asked = await slot()
      await slots.acknowledge('session', delivered)
      expect(await slot()).toEqual(asked)
    })

    test('of a change leaves what has become visible since, and nothing that it told', async () => {
      await announce(7)
      const delivered = await deliver(7)
      await reveal(8000, some)
      const { stamp } = (await slot())!
      await slots.acknowledge('session', delivered)
      expect(await slot()).toMatchObject({ stamp, refresh: stamp, only: some, asked: all, since: 7 })
    })

    test('of what has become visible leaves what came since: no more has it to be told', async () => {
      await reveal(1000, some)
      const delivered = await deliver(7)
      await announce(8)
      await slots.acknowledge('session', delivered)
      expect(await slot()).toMatchObject({ version: 8, since: 7 })
      for (const none of ['refresh', 'asked', 'only']) expect(await slot()).not.toHaveProperty(none)
    })

    test('of what has become visible says nothing of the other attributes: since stays', async () => {
      await announce(7)
      await reveal(8000, some)
      const delivered = await deliver(8)
      await announce(9)
      await slots.acknowledge('session', delivered)
      expect(await slot()).toMatchObject({ version: 9, since: 6 })
      expect(await slot()).not.toHaveProperty('only')
    })

    test('of what is gone brings nothing back', async () => {
      await announce(7)
      const delivered = await deliver(7)
      await slots.clear('session', 'ann')
      for (const partial of [undefined, true]) {
        await slots.acknowledge('session', delivered)
        await slots.acknowledge('session', { ...delivered, refresh: delivered.stamp, partial })
      }
      expect(await slot()).toBeUndefined()
    })

    test('of what was told of a former account of that name settles nothing of the next', async () => {
      await refresh(1000)
      const delivered = await deliver(7)
      await slots.refresh(holder, secondAnn, 2000, { asked: all })
      const asked = await slot()
      await slots.acknowledge('session', delivered)
      expect(await slot()).toEqual(asked)
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
    await slots.refresh(holder, secondAnn, 60_000, { asked: all })
    const delivered = await deliver(2)
    await slots.announce(holder, secondAnn, { version: 3, since: 2 }, 61_000)
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
