import { beforeEach, describe, expect, test } from 'vitest'
import { companionExpiry, spansOf, touched } from '../../src/session/retention.ts'
import type { Session } from '../../src/session/session.ts'
import { loadSettings } from '../../src/settings.ts'
import { createStore, type Store } from '../../src/store/store.ts'
import { createRandomBytes } from '../support/random.ts'
import { onBothTables } from './onBothTables.ts'

const start = 1_000_000_000_000
const spans = spansOf(7200, loadSettings({}).settings)
const session: Session = {
  ...{ id: 'bobs', state: 'live', epoch: 1, user: 'bob', accountId: 'account of bob', version: '1.2' },
  binding: { encoding: 'XML', bearer: 'HTTP' },
  ...spans,
  ...touched(start, spans),
  companionsExpireAt: companionExpiry(start, spans),
  serverTransactions: 0,
  inFlight: {},
}
const ann = { user: 'ann', accountId: 'account of ann' }

onBothTables((table) => {
  let store: Store
  beforeEach(async () => {
    store = createStore(table(), createRandomBytes('sessions'))
    await store.sessions.create(session, undefined)
    await store.sessions.claimClient(session)
    await store.sessions.writeCold(session, {})
    await store.subscriptions.write(session, { ...ann, address: 'wv:ann', direct: true }, { shown: 1, hidden: 0 })
    await store.subscriptions.writeOff(session, { ...ann, user: 'cat', address: 'wv:cat', direct: true })
    await store.subscriptions.follow(session, { list: 'friends' })
    await store.slots.refresh(session, ann, start, { asked: 1 })
    await store.queue.add(session, { kind: 'SystemMessage', data: {}, survivesRestore: true })
  })

  const companions = async () => {
    const found = new Map<string, unknown>()
    for await (const { pk, sk, expiresAt } of table().scan()) if (sk !== 'hot') found.set(`${pk} ${sk}`, expiresAt)
    return found
  }
  const times = async () => [...new Set((await companions()).values())]

  describe('the other items of a session', () => {
    test('live as long as it says, wherever they are', async () => {
      expect([...(await companions()).keys()].sort()).toEqual([
        expect.stringMatching(/^account#bob client#/),
        'account#bob session#bobs',
        'session#bobs cold',
        'session#bobs cold#auto#friends',
        'session#bobs cold#subscription#ann',
        'session#bobs cold#subscription#cat',
        'session#bobs queue#001',
        'session#bobs slot#ann',
        'user#account of ann watcher#bob#bobs',
        'user#account of bob auto#friends#bobs',
      ])
      expect(await times()).toEqual([session.companionsExpireAt])
    })

    test('are renewed with it, in both places, when less than half of their spare time is left', async () => {
      const before = await companions()
      const half = ((session.companionsExpireAt - start / 1000 - session.goneSpan) / 2) * 1000
      expect(await store.sessions.renewCompanions(session, start + half)).toEqual({})
      expect(await companions()).toEqual(before)
      const now = start + half + 1000
      const companionsExpireAt = companionExpiry(now, spans)
      expect(await store.sessions.renewCompanions(session, now)).toEqual({ companionsExpireAt })
      expect([...(await companions()).keys()]).toEqual([...before.keys()])
      expect(await times()).toEqual([companionsExpireAt])
    })

    test('that are gone are not brought back, and those of others are left alone', async () => {
      const other: Session = { ...session, id: 'bobs other' }
      await store.sessions.create(other, undefined)
      await store.sessions.claimClient(other)
      await store.subscriptions.write(other, { ...ann, address: 'wv:ann', direct: true }, { shown: 1, hidden: 0 })
      await store.slots.refresh(other, ann, start, { asked: 1 })
      await store.subscriptions.removeWatcher('account of ann', { user: 'bob', sessionId: 'bobs' })
      await store.slots.clear('bobs', 'ann')
      const before = await companions()
      await store.sessions.renewCompanions(session, start + 86_400_000)
      const after = await companions()
      expect([...after.keys()]).toEqual([...before.keys()])
      const stayed = [...after].filter(([, expiresAt]) => expiresAt === session.companionsExpireAt)
      expect(stayed.map(([key]) => key.replace(/client#.*/, 'client')).sort()).toEqual([
        'account#bob client',
        'account#bob session#bobs other',
        'session#bobs other cold#subscription#ann',
        'session#bobs other slot#ann',
        'user#account of ann watcher#bob#bobs other',
      ])
    })
  })

  describe('what waits in a session', () => {
    test('is read with it, and what it watches by a restore alone', async () => {
      const view = (await store.sessions.view('bobs', true))!
      expect(view.slots).toEqual([expect.objectContaining({ ...ann, refresh: expect.any(String) })])
      expect(view.queue.map(({ transactionId }) => transactionId)).toEqual([1])
      const snapshot = (await store.sessions.snapshot('bobs'))!
      expect([snapshot.slots, snapshot.queue]).toEqual([view.slots, view.queue])
      expect(snapshot.watched.subscriptions.map(({ user, off }) => [user, off])).toEqual([
        ['ann', undefined],
        ['cat', true],
      ])
      expect(snapshot.watched.autoSubscriptions.map(({ list }) => list)).toEqual(['friends'])
    })

    test('takes no number that news of presence is in flight with', async () => {
      await table().update(
        { pk: 'session#bobs', sk: 'hot' },
        { set: { inFlight: { '2': { tries: 1 }, '3': { tries: 1 } } } },
      )
      expect(await store.queue.add(session, { kind: 'SystemMessage', data: {}, survivesRestore: true })).toBe(4)
    })

    test('goes with it, the entry in its account as well', async () => {
      await store.sessions.remove('bob', 'bobs')
      const left = [...(await companions()).keys()]
      expect(left.filter((key) => key.startsWith('session#') || key.includes(' session#'))).toEqual([])
    })
  })
})
