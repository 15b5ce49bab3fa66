import { type ListChange, parseListChange, withListChange } from '../../contacts/blocking.ts'
import { changeOwnAccess, changeRelation } from '../../contacts/changing.ts'
import { CspError } from '../../csp/cspError.ts'
import type { Element } from '../../csp/element.ts'
import type { Notice } from '../../notifications/notice.ts'
import { notifyOthers } from '../../notifications/notify.ts'
import type { Access, Side } from '../../presence/access.ts'
import { changeAccess } from '../../presence/jobs.ts'
import { inLots } from '../../presence/lots.ts'
import type { Target } from '../../presence/subscribing.ts'
import { findLists, findUsers, userIn } from '../named.ts'
import { Outcome } from '../outcome.ts'
import { answer, type LiveContext, transaction } from '../transaction.ts'

/**
 * BlockEntity-Request → Status: keeps users, members of contact lists (1.3), groups and screen names out (BlockList), or
 * lets in none but some (GrantList); each list counts while it is in use, and block wins over grant. When nothing that
 * is named can be found, nothing changes, the switches neither.
 */
export const blockEntity = transaction({
  request: 'BlockEntity-Request',
  service: 'BLENT',
  session: 'live',

  async handle(context) {
    const { village, request, live } = context
    const { accountId } = live.session
    const asked = [
      { side: 'blocked', change: parse(request, 'BlockList') },
      { side: 'granted', change: parse(request, 'GrantList') },
    ] as const
    const { value: before } = await village.store.access.read(accountId)
    const outcome = new Outcome()
    const edits = await Promise.all(asked.map((one) => editOf(context, before, one.side, one.change, outcome)))
    outcome.check()
    const apply = (access: Access) => edits.reduce((all, { side, change }) => withListChange(all, side, change), access)
    const concerned = concernsAll(before, apply(before)) ? undefined : usersOf(edits)
    await changeAccess(village, live.session, concerned, async () => {
      for (const { side, targets } of edits) {
        await inLots([...targets.values()], ({ target, is }) =>
          changeRelation(village, accountId, target, ({ [side]: _, ...rest }) => ({
            ...rest,
            ...(is && { [side]: true }),
          })),
        )
      }
      if (asked.some(({ change }) => changesList(change))) await changeOwnAccess(village, accountId, apply)
    })
    await notifyOthers(village, live.session, before, noticesOf(before, apply(before), edits))
    return answer('Status', { Result: outcome.result() })
  },
})

function parse(request: Element, name: 'BlockList' | 'GrantList'): ListChange {
  const list = request.child(name)
  const inUse = list?.textOf('InUse') ?? request.textOf(`${name}InUse`)
  if (inUse !== undefined && !/^[TF]$/i.test(inUse)) throw new CspError(402, 'InUse is neither T nor F')
  return parseListChange(list, request.flagOf(`${name}InUse`))
}

/** True when the switch or entities that are no users change. */
const changesList = ({ inUse, add, remove, replaces }: ListChange): boolean =>
  inUse !== undefined ||
  replaces ||
  [add, remove].some((entities) => Object.values(entities).some((one) => one.length > 0))

/** A change of one of the two lists, with what could be found of what it names. */
interface Edit {
  readonly side: Side
  readonly change: ListChange
  /** Which users come onto the list and which leave it, by name. */
  readonly targets: ReadonlyMap<string, { readonly target: Target; readonly is: boolean }>
}

/** Who or what cannot be found is a failure; who is not on the list leaves it. */
async function editOf(
  { village, live }: LiveContext,
  access: Access,
  side: Side,
  change: ListChange,
  outcome: Outcome,
): Promise<Edit> {
  const { addUsers, removeUsers, replaces, add, remove } = change
  const found = findLists(village, live.session, access, add.contactLists ?? [], outcome)
  const { groups = [], screenNames = [], applications = [] } = add
  const done = [found, groups, screenNames, applications, removeUsers, ...Object.values(remove)]
  if (done.some((all) => all.length > 0)) outcome.succeed()
  const targets = new Map<string, { readonly target: Target; readonly is: boolean }>()
  const leaving = new Set(removeUsers.map((text) => userIn(village, text)))
  if (replaces || leaving.size > 0) {
    for (const { value } of (await village.store.access.relations(live.session.accountId)).values()) {
      if (value[side] && (replaces || leaving.has(value.user))) targets.set(value.user, { target: value, is: false })
    }
  }
  for (const target of await findUsers(village, addUsers, outcome)) {
    outcome.succeed()
    targets.set(target.user, { target, is: true })
  }
  const contactLists = found.map(({ address }) => address)
  return { side, change: { ...change, add: { ...add, contactLists } }, targets }
}

/** A switch, or a contact list, is about users that nobody has named. */
function concernsAll(before: Access, after: Access): boolean {
  const saidOf = ({ blockListInUse = false, grantListInUse = false, blocked, granted }: Access) =>
    JSON.stringify([blockListInUse, grantListInUse, blocked?.contactLists ?? [], granted?.contactLists ?? []])
  return saidOf(before) !== saidOf(after)
}

/** What other sessions of the user may want to know. */
function noticesOf(before: Access, after: Access, edits: readonly Edit[]): Notice[] {
  const isOther = (read: (access: Access) => unknown) => JSON.stringify(read(before)) !== JSON.stringify(read(after))
  const hasChanged = (side: Side) =>
    isOther((access) => access[side] ?? {}) || edits.some((edit) => edit.side === side && edit.targets.size > 0)
  return [
    ...(hasChanged('blocked') ? [{ type: 'BLC' } as const] : []),
    ...(isOther(({ blockListInUse = false }) => blockListInUse) ? [{ type: 'BLUC' } as const] : []),
    ...(hasChanged('granted') ? [{ type: 'GLC' } as const] : []),
    ...(isOther(({ grantListInUse = false }) => grantListInUse) ? [{ type: 'GLUC' } as const] : []),
  ]
}

const usersOf = (edits: readonly Edit[]): string[] => [...new Set(edits.flatMap(({ targets }) => [...targets.keys()]))]
