import { describe, expect, test } from 'vitest'
import { addAccount, removeAccount } from '../../src/accounts/lifecycle.ts'
import type { ContentTree } from '../../src/csp/element.ts'
import type { Privilege } from '../../src/groups/group.ts'
import type { Key, Table } from '../../src/store/table.ts'
import { client, fetchNews, hotItem, over, type Stage, stage, waitingFor } from '../messaging/stage.ts'
import { justBefore } from '../support/justBefore.ts'
import type { Phone, Reply } from '../support/phone.ts'

// Invitations when two things happen at the same time, when a call dies, and what becomes of them in the table.

const invitationTo = (user: string, more: ContentTree = {}): ContentTree => ({
  InviteID: 'one',
  InviteType: 'IM',
  Recipient: { User: { UserID: `wv:${user}` } },
  ...more,
})
const invite = (phone: Phone, user: string, more?: ContentTree) =>
  phone.request('Invite-Request', invitationTo(user, more))
const inviteIdOf = (reply: Reply): string => reply.primitive!.textOf('InviteID')!
const answerTo = (phone: Phone, InviteID: string, Acceptance = 'T') =>
  phone.request('InviteUser-Response', { InviteID, Acceptance })
const cancel = (phone: Phone) => phone.request('CancelInvite-Request', { InviteID: 'one' })

async function annAndBob() {
  const at = await stage(['ann', 'bob', 'carl'])
  return { at, ann: await client(at, 'ann'), bob: await client(at, 'bob') }
}

/** Bob has been given an invitation of ann's, and has acknowledged it. */
async function invited() {
  const { at, ann, bob } = await annAndBob()
  expect((await invite(ann, 'bob')).code).toBe(200)
  const shown = await bob.poll()
  await bob.acknowledge(shown.transactionId!)
  return { at, ann, bob, id: inviteIdOf(shown) }
}

/** The table as a call sees it that dies just before its n-th write. */
function dyingBefore({ table }: Stage, nth: number): { table: Table; wrote: () => number } {
  let writes = 0
  const perhaps = async () => {
    if (++writes >= nth) throw new Error('the call has died')
  }
  const dying: Table = {
    ...table,
    put: async (item, condition) => {
      await perhaps()
      return table.put(item, condition)
    },
    update: async (key, change, condition) => {
      await perhaps()
      return table.update(key, change, condition)
    },
    delete: async (key, condition) => {
      await perhaps()
      return table.delete(key, condition)
    },
  }
  return { table: dying, wrote: () => writes }
}

/** Something that happens just before the first call of a kind for an item with such a sort key. */
const meanwhile = (
  { table }: Stage,
  call: keyof Table,
  is: (sk: string) => boolean,
  act: () => Promise<unknown>,
): Table => justBefore(table, (one, key) => one === call && 'sk' in key && is((key as Key).sk), act)

const numbers = [1, 2, 3, 4, 5, 6, 7, 8]

describe('a call that dies, and the same request once more', () => {
  test.each(numbers)('invites once, whether it died before write %i or not', async (nth) => {
    const { at, ann, bob } = await annAndBob()
    await over(ann, at, dyingBefore(at, nth).table).request('Invite-Request', invitationTo('bob'))
    at.village.clock.advance(1000)
    expect((await invite(ann, 'bob')).code).toBe(200)
    await ann.request('KeepAlive-Request')
    expect(await fetchNews(bob)).toEqual(['InviteUser-Request'])
    at.village.clock.advance(60_000)
    expect((await invite(ann, 'bob')).code).toBe(200)
    expect(await fetchNews(bob)).toEqual([])
  })

  // Also when the client repeats it so late that marks of what was done with are gone.
  test.each(numbers.flatMap((nth) => [1, 250, 1000].map((seconds) => [nth, seconds] as const)))(
    'answers once: before write %i, and again after %i s',
    async (nth, seconds) => {
      const { at, ann, bob, id } = await invited()
      const dying = dyingBefore(at, nth)
      const first = await answerTo(over(bob, at, dying.table), id)
      const told = await fetchNews(ann)
      at.village.clock.advance(seconds * 1000)
      const again = await answerTo(bob, id)
      expect(again.code).toBe(200)
      // A bell that was lost is made good.
      await ann.request('KeepAlive-Request')
      told.push(...(await fetchNews(ann)))
      // What was told and not noted so may be told again when the mark of it is gone.
      const mayRepeat = first.code !== 200 && seconds === 1000
      if (mayRepeat) expect(told.length).toBeGreaterThanOrEqual(1)
      else expect(told).toEqual(['Invite-Response'])
      expect(new Set(told)).toEqual(new Set(['Invite-Response']))
    },
  )

  test.each(numbers)('cancels once: before write %i', async (nth) => {
    const { at, ann, bob, id } = await invited()
    await over(ann, at, dyingBefore(at, nth).table).request('CancelInvite-Request', { InviteID: 'one' })
    at.village.clock.advance(1000)
    expect((await cancel(ann)).code).toBe(200)
    expect((await answerTo(bob, id)).code).toBe(423)
    expect(await fetchNews(bob)).toEqual(['CancelInviteUser-Request'])
    expect(await fetchNews(bob)).toEqual([])
  })
})

describe('at the same time', () => {
  test('an answer and a cancellation: one of them stands, and the other is told', async () => {
    for (const first of ['answer', 'cancel']) {
      const { at, ann, bob, id } = await invited()
      const isInvitation = (sk: string) => sk.startsWith('invitation#')
      const codes: (number | undefined)[] = []
      if (first === 'cancel') {
        const table = meanwhile(at, 'update', isInvitation, () => cancel(ann))
        codes.push((await answerTo(over(bob, at, table), id)).code)
        expect(await fetchNews(bob)).toEqual(['CancelInviteUser-Request'])
        expect(await fetchNews(ann)).toEqual([])
      } else {
        const table = meanwhile(at, 'update', isInvitation, () => answerTo(bob, id))
        codes.push((await over(ann, at, table).request('CancelInvite-Request', { InviteID: 'one' })).code)
        expect(await fetchNews(bob)).toEqual([])
        expect(await fetchNews(ann)).toEqual(['Invite-Response'])
      }
      expect(codes).toEqual([first === 'cancel' ? 423 : 200])
    }
  })

  test('two answers from two sessions: the first counts', async () => {
    const { at, ann, bob, id } = await invited()
    const two = await client(at, 'bob', { client: 'two' })
    const table = meanwhile(
      at,
      'update',
      (sk) => sk.startsWith('invitation#'),
      () => answerTo(two, id, 'F'),
    )
    expect((await answerTo(over(bob, at, table), id, 'T')).code).toBe(423)
    expect((await ann.poll()).primitive!.textOf('Acceptance')).toBe('F')
  })

  test('a poll that is about to send it, and a cancellation: it comes not at all, or is taken back', async () => {
    for (const nth of [1, 2, 3, 4, 5, 6, 7]) {
      const { at, ann, bob } = await annAndBob()
      await invite(ann, 'bob')
      let calls = 0
      const table = justBefore(
        at.table,
        () => ++calls > 0,
        () => cancel(ann),
        nth,
      )
      const shown = await over(bob, at, table).poll()
      if (calls < nth) await cancel(ann)
      if (shown.transactionId !== undefined) await bob.acknowledge(shown.transactionId)
      at.village.clock.advance(60_000)
      await bob.request('KeepAlive-Request')
      const more = await fetchNews(bob)
      const isShown = shown.name === 'InviteUser-Request'
      // One that is about to be sent counts as sent: then a cancellation may come of what was not.
      if (isShown) expect(more, `cancelled before call ${nth}`).toEqual(['CancelInviteUser-Request'])
      else expect(more).not.toContain('InviteUser-Request')
    }
  })

  test('the same request twice: one invitation', async () => {
    const { at, ann, bob } = await annAndBob()
    const table = meanwhile(
      at,
      'put',
      (sk) => sk.startsWith('invited#'),
      () => invite(ann, 'bob'),
    )
    expect((await over(ann, at, table).request('Invite-Request', invitationTo('bob'))).code).toBe(200)
    expect(await fetchNews(bob)).toEqual(['InviteUser-Request'])
  })

  test('two invitations under one InviteID: the second is refused', async () => {
    const { at, ann, bob } = await annAndBob()
    const carl = await client(at, 'carl')
    const table = meanwhile(
      at,
      'put',
      (sk) => sk.startsWith('invited#'),
      () => invite(ann, 'carl'),
    )
    expect((await over(ann, at, table).request('Invite-Request', invitationTo('bob'))).code).toBe(423)
    expect(await fetchNews(bob)).toEqual([])
    expect(await fetchNews(carl)).toEqual(['InviteUser-Request'])
  })
})

describe('several sessions of the invited', () => {
  test('an answer in one ends it in another to which it was sent', async () => {
    const { at, ann, bob } = await annAndBob()
    const two = await client(at, 'bob', { client: 'two' })
    await invite(ann, 'bob')
    const shown = await bob.poll()
    at.village.clock.advance(11_000)
    const again = await two.poll()
    expect(inviteIdOf(again)).toBe(inviteIdOf(shown))
    await answerTo(two, inviteIdOf(again))
    at.village.clock.advance(60_000)
    expect(await fetchNews(bob)).toEqual([])
    expect(await fetchNews(two)).toEqual([])
    expect(Object.keys(hotItem(at, two).inFlight as object)).toEqual([])
  })

  test('one that was refused by a Status of 400 or more goes to another', async () => {
    const { at, ann, bob } = await annAndBob()
    await invite(ann, 'bob')
    const shown = await bob.poll()
    const id = shown.transactionId!
    await bob.request('Status', { Result: { Code: 400 } }, { id, mode: 'Response' })
    expect(await fetchNews(bob)).toEqual([])
    const two = await client(at, 'bob', { client: 'two' })
    expect(await fetchNews(two)).toEqual(['InviteUser-Request'])
  })

  test('a type of 1.3 waits for a client of 1.3', async () => {
    const { at, bob } = await annAndBob()
    const ann = await client(at, 'ann', { version: '1.3', client: 'new' })
    expect((await invite(ann, 'bob', { InviteType: 'AP', ApplicationID: 'chess' })).code).toBe(200)
    expect(await fetchNews(bob)).toEqual([])
    const two = await client(at, 'bob', { version: '1.3', client: 'two' })
    const shown = await two.poll()
    expect(shown.name).toBe('InviteUser-Request')
    await two.acknowledge(shown.transactionId!)
    await cancel(ann)
    expect(await fetchNews(bob)).toEqual([])
    expect(await fetchNews(two)).toEqual(['CancelInviteUser-Request'])
  })
})

describe('an inbox that is full', () => {
  const few = { environment: { IMPS_MESSAGES_STORED_MAX: '10' } }

  test('takes no more invitations, and who does not fetch answers invites nobody', async () => {
    const at = await stage(['ann', 'bob', 'carl'], few)
    const ann = await client(at, 'ann')
    const codes: (number | undefined)[] = []
    for (let number = 0; number < 12; number++) {
      at.village.clock.advance(1000)
      codes.push((await invite(ann, 'bob', { InviteID: `one ${number}` })).code)
    }
    expect(codes).toEqual([...Array(10).fill(200), 507, 507])
    const bob = await client(at, 'bob')
    let reply = await bob.poll()
    while (reply.transactionId !== undefined) {
      await answerTo(bob, inviteIdOf(reply))
      reply = await bob.poll()
    }
    expect((await waitingFor(at, 'ann')).length).toBe(10)
    expect((await invite(ann, 'carl', { InviteID: 'other' })).code).toBe(507)
  })
})

describe('an invitation to become a member (1.3)', () => {
  async function club(privilege: Privilege | undefined) {
    const at = await stage(['ann', 'bob'])
    const ann = await client(at, 'ann', { version: '1.3' })
    const bob = await client(at, 'bob', { version: '1.3' })
    const { accountId } = (await at.village.store.accounts.read('ann'))!
    const owner = { user: 'ann', accountId }
    const properties = { restricted: true, type: 'Public', privateMessaging: false, searchable: false } as const
    const group = {
      ...properties,
      id: 'room',
      key: '/club',
      name: 'club',
      address: 'wv:/club',
      autoDelete: false,
      history: false,
      createdAt: at.village.now(),
      version: 1,
      floor: 0,
    }
    await at.village.store.groups.create(group)
    if (privilege) await at.village.store.members.put('room', { ...owner, privilege, address: 'wv:ann' })
    const bobs = { user: 'bob', accountId: (await at.village.store.accounts.read('bob'))!.accountId }
    return { at, ann, bob, group, owner, member: () => at.village.store.members.find('room', bobs), bobs }
  }
  const membership = { InviteType: 'GM', GroupID: 'wv:/club' }

  test.each(['Admin', 'Mod'] as const)('of an %s makes who accepts it a member', async (privilege) => {
    const { ann, bob, member } = await club(privilege)
    expect((await invite(ann, 'bob', membership)).code).toBe(200)
    const shown = await bob.poll()
    expect(shown.primitive!.textOf('GroupID')).toBe('wv:/club')
    expect(await member()).toBeUndefined()
    expect((await answerTo(bob, inviteIdOf(shown))).code).toBe(200)
    expect(await member()).toMatchObject({ privilege: 'User', address: 'wv:bob@localhost' })
    expect(await fetchNews(ann)).toEqual(['Invite-Response'])
  })

  test('declined makes nobody a member', async () => {
    const { ann, bob, member } = await club('Admin')
    await invite(ann, 'bob', membership)
    expect((await answerTo(bob, inviteIdOf(await bob.poll()), 'F')).code).toBe(200)
    expect(await member()).toBeUndefined()
  })

  test.each(['User', undefined] as const)('is refused to a %s (816)', async (privilege) => {
    const { ann, bob } = await club(privilege)
    expect((await invite(ann, 'bob', membership)).code).toBe(816)
    expect(await fetchNews(bob)).toEqual([])
  })

  test('is void when its inviter has no say any more, or the group is another one', async () => {
    for (const change of ['privilege', 'group']) {
      const { at, ann, bob, group, owner, member } = await club('Admin')
      await invite(ann, 'bob', membership)
      const shown = await bob.poll()
      if (change === 'privilege')
        await at.village.store.members.put('room', { ...owner, privilege: 'User', address: 'wv:ann' })
      else {
        await at.village.store.groups.remove(group)
        await at.village.store.groups.create({ ...group, id: 'another' })
        await at.village.store.members.put('another', { ...owner, privilege: 'Admin', address: 'wv:ann' })
      }
      expect((await answerTo(bob, inviteIdOf(shown))).code).toBe(423)
      expect(await member()).toBeUndefined()
    }
  })

  test('leaves a member what it is', async () => {
    const { at, ann, bob, member, bobs } = await club('Admin')
    await at.village.store.members.put('room', { ...bobs, privilege: 'Mod', address: 'wv:bob' })
    await invite(ann, 'bob', membership)
    await answerTo(bob, inviteIdOf(await bob.poll()))
    expect(await member()).toMatchObject({ privilege: 'Mod' })
  })
})

test('an account that is removed leaves nothing of its invitations, and the next of that name has none', async () => {
  const { at, bob, id } = await invited()
  const removed = (await at.village.store.accounts.read('bob'))!
  await removeAccount(at.village, removed)
  expect(at.table.items().filter(({ pk }) => pk === `user#${removed.accountId}`)).toEqual([])
  await addAccount(at.village, 'bob', 'pw')
  await bob.login()
  expect((await answerTo(bob, id)).code).toBe(423)
})
