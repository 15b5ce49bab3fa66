import { expect } from 'vitest'
import type { MemoryTable } from '../support/memoryTable.ts'
import type { Client, GroupName, Message } from './groupsKnown.ts'
import type { GroupsTruth, Said, Stay } from './groupsTruth.ts'

/** True for a message that has to have come to a session that is still there. */
export function mustCome(truth: GroupsTruth, client: Client, said: Said): boolean {
  if (said.by.sessionId === client.session || said.actor === client.session || truth.goneRooms.has(said.room))
    return false
  const stays = truth.staysOf(client.session!, said.room).filter(({ from }) => from !== undefined)
  const isIn = ({ from, to = Number.POSITIVE_INFINITY }: Stay) => said.number > from! && said.number <= to
  const stay = stays.find(isIn)
  if (!stay) return false
  const later = stays.slice(stays.indexOf(stay))
  if (said.kind === 'message') return later.every(({ hasLeft, isGone, ended }) => (hasLeft ? ended : !isGone))
  // R13: notices are dropped when a session comes back. Who has just asked for them, or leaves, may miss one.
  if (client.mayMissNotices || said.kind === 'changed' || later.some(({ isGone, hasLeft }) => isGone || hasLeft))
    return false
  return stay.noticesFrom !== undefined && said.number > stay.noticesFrom + 1
}

/** What was accepted was said once, in the order of its sender. */
export function checkMessages(
  truth: GroupsTruth,
  messages: readonly Message[],
  removals: ReadonlySet<GroupName>,
): void {
  const numbers = new Map<Message, Said>()
  for (const message of messages) {
    const said = truth.all().filter(({ text }) => text === message.text)
    expect(said.length, `${message.text} was said more than once`).toBeLessThan(2)
    if (said[0]) numbers.set(message, said[0])
    else if (message.acceptedIn !== undefined && message.group === 'room' && !removals.has(message.group))
      throw new Error(`${message.text} was accepted and never said`)
  }
  const all = [...numbers].filter(([{ acceptedIn }]) => acceptedIn !== undefined)
  for (const [one, a] of all)
    for (const [two, b] of all)
      if (a.room === b.room && one.acceptedIn! < two.sentIn)
        expect(a.number, `${one.text}, ${two.text}`).toBeLessThan(b.number)
}

/** Long after, when every session is over, nobody stands in any group, and nothing is left of groups that are gone. */
export function checkGarbage(table: MemoryTable, truth: GroupsTruth, exact: boolean): void {
  const live = new Set(table.items().flatMap((item) => (item.sk === 'group' ? [String(item.id)] : [])))
  // A claim on a screen name that came to nothing may be left: whoever wants the name passes over it.
  const kinds = ['joined#', 'job#']
  const left = table.items().filter(({ pk, sk }) => pk.startsWith('room#') && kinds.some((kind) => sk.startsWith(kind)))
  expect(
    left.map(({ pk, sk, ...rest }) => ({ pk, sk, ...rest })),
    'stands in a group and is over',
  ).toEqual([])
  const orphans = table
    .items()
    .filter(({ pk, sk }) => pk.startsWith('room#') && !sk.startsWith('log#') && !live.has(pk.slice(5)))
  if (exact)
    expect(
      orphans.map(({ pk, sk }) => `${pk} ${sk}`),
      'is left of a group that is gone',
    ).toEqual([])
  const den = table.item({ pk: 'group#ann/den', sk: 'group' })
  if (den && truth.stays.some(({ room, from }) => room === den.id && from !== undefined))
    throw new Error('the den is empty and still there')
}
