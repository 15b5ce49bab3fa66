import { type ListChange, parseListChange, type Side, withListChange } from '../../contacts/blocking.ts'
import { changeOwnAccess, changeRelation } from '../../contacts/changing.ts'
import { CspError } from '../../csp/cspError.ts'
import type { Element } from '../../csp/element.ts'
import type { Access } from '../../presence/access.ts'
import { changeAccess } from '../../presence/jobs.ts'
import { inLots } from '../../presence/lots.ts'
import type { Target } from '../../presence/subscribing.ts'
import { findUsers, userIn } from '../named.ts'
import { Outcome } from '../outcome.ts'
import { answer, type LiveContext, transaction } from '../transaction.ts'

/**
 * BlockEntity-Request → Status: keeps users, groups and screen names out (BlockList), or lets in none but some
 * (GrantList); each list counts while it is in use, and block wins over grant.
 */
export const blockEntity = transaction({
  request: 'BlockEntity-Request',
  service: 'BLENT',
  session: 'live',

  async handle(context) {
    const { village, request, live } = context
    const { accountId } = live.session
    const outcome = new Outcome()
    const asked = [
      { side: 'blocked', change: parse(request, 'BlockList') },
      { side: 'granted', change: parse(request, 'GrantList') },
    ] as const
    const edits = await Promise.all(asked.map((one) => editOf(context, one.side, one.change, outcome)))
    if (asked.some(({ change }) => changesList(change)) || edits.some(({ targets }) => targets.size > 0))
      outcome.succeed()
    outcome.check()
    const { value: before } = await village.store.access.read(accountId)
    const apply = (access: Access) => asked.reduce((all, { side, change }) => withListChange(all, side, change), access)
    const after = apply(before)
    const isSwitched = (name: 'blockListInUse' | 'grantListInUse') => (before[name] === true) !== (after[name] === true)
    const switches = isSwitched('blockListInUse') || isSwitched('grantListInUse')
    const users = [...new Set(edits.flatMap(({ targets }) => [...targets.keys()]))]
    await changeAccess(village, live.session, switches ? undefined : users, async () => {
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

/** Which users come onto a list and which leave it. Who cannot be found is a failure; who is not on it leaves it. */
async function editOf({ village, live }: LiveContext, side: Side, change: ListChange, outcome: Outcome) {
  const { accountId } = live.session
  const targets = new Map<string, { readonly target: Target; readonly is: boolean }>()
  if (change.addUsers.length + change.removeUsers.length === 0 && !change.replaces) return { side, targets }
  const relations = await village.store.access.relations(accountId)
  const removed = new Set(change.removeUsers.map((text) => userIn(village, text)))
  for (const { value } of relations.values()) {
    if (value[side] && (change.replaces || removed.has(value.user)))
      targets.set(value.user, { target: value, is: false })
  }
  for (const target of await findUsers(village, change.addUsers, outcome))
    targets.set(target.user, { target, is: true })
  return { side, targets }
}
