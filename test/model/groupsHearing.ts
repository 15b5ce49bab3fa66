import { expect } from 'vitest'
import type { Element } from '../../src/csp/element.ts'
import type { LineReply } from '../support/line.ts'
import { type Came, type Client, type GroupName, name, tell } from './groupsKnown.ts'
import type { GroupsTruth, Said } from './groupsTruth.ts'

/** Something has come to a client. It has to be for it, in order, and not come again once its acknowledgement was heard. */
export function hear(
  truth: GroupsTruth,
  client: Client,
  { name: kind, transactionId, primitive }: LineReply,
  exact: boolean,
): Came | undefined {
  if (kind === 'LeaveGroup-Response') {
    const group = primitive!.textOf('GroupID')!.slice('wv:ann/'.length) as GroupName
    expect(client.in[group].value, `${name(client)} is joined and is told that it was put out`).not.toBe(true)
    return undefined
  }
  const what = JSON.stringify(primitive)
  const before = client.came.find((one) => one.transactionId === transactionId && one.what === what)
  if (before && before.acknowledged !== 'yes') return before
  const said = kind === 'NewMessage' ? messageOf(truth, primitive!) : noticeOf(truth, client, primitive!)
  const again = client.came.find((one) => one.said === said)
  if (again) throw new Error(`${tell(said)} came again under ${transactionId}, after ${again.transactionId}`)
  expect(said.by.sessionId, `an echo of ${tell(said)}`).not.toBe(client.session)
  if (!truth.stayAt(client.session!, said)) throw new Error(`${tell(said)} came to one who was not joined`)
  inOrder(client, said, transactionId!, exact)
  const came: Came = { said, transactionId: transactionId!, what, acknowledged: 'no' }
  client.came.push(came)
  return came
}

/**
 * Entries are sent for the first time in the order of the group, which the TransactionIDs show. They come in that order as
 * well where no answer is lost. Notices can look alike, so that it is not certain which of them was lost.
 */
function inOrder(client: Client, said: Said, transactionId: string, exact: boolean): void {
  for (const one of client.came) {
    const isKnown = exact || (one.said.kind === 'message' && said.kind === 'message')
    if (one.said.room !== said.room || !isKnown) continue
    const isLater = exact || Number(one.transactionId) < Number(transactionId)
    if (isLater !== one.said.number < said.number)
      throw new Error(`${tell(said)} came under ${transactionId}, ${tell(one.said)} under ${one.transactionId}`)
  }
}

function lastOf(client: Client, room: string): Said | undefined {
  return client.came.findLast(({ said }) => said.room === room)?.said
}

function messageOf(truth: GroupsTruth, primitive: Element): Said {
  const text = primitive.textOf('ContentData')
  return truth.all().find((one) => one.text === text)!
}

/** What a notice is about: the next of its kind; where answers were lost, perhaps one before. */
function noticeOf(truth: GroupsTruth, client: Client, primitive: Element): Said {
  const group = primitive.textOf('GroupID')!.slice('wv:ann/'.length) as GroupName
  const joined = primitive.child('Joined')?.find('UserMapList', 'UserMapping', 'Mapping', 'SName')?.text
  const left = primitive.child('Left')?.find('UserList', 'ScreenName', 'SName')?.text
  const topic = primitive.child('GroupProperties')
  const is = ({ kind, by, former }: Said) => {
    if (topic || primitive.child('OwnProperties')) return kind === 'changed'
    if (joined !== undefined && left !== undefined)
      return kind === 'renamed' && by.screenName === joined && former === left
    return joined !== undefined
      ? kind === 'joined' && by.screenName === joined
      : kind === 'left' && by.screenName === left
  }
  const value = topic
    ?.all('Property')
    .map((one) => one.textOf('Value'))
    .join()
  // The latest incarnation first.
  for (const room of [...truth.roomsOf(group)].reverse()) {
    const last = lastOf(client, room)?.number ?? 0
    const alike = (truth.said.get(room) ?? []).filter(
      (one) =>
        is(one) &&
        (value === undefined || Object.values(one.group ?? {}).join() === value) &&
        one.by.sessionId !== client.session &&
        one.actor !== client.session &&
        truth.stayAt(client.session!, one),
    )
    const isNew = (one: Said) => !client.came.some(({ said }) => said === one)
    const found = alike.find((one) => one.number > last) ?? alike.find(isNew)
    if (found) return found
  }
  throw new Error(`a notice of nothing: ${JSON.stringify({ group, joined, left, value })}`)
}
