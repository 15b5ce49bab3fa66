import { element } from '../csp/element.ts'
import { type StatusCode, statusDescriptions } from '../csp/statusCodes.ts'
import type { ServerTransaction } from '../delivery/serverTransactions.ts'
import { groupKeyIn } from './finding.ts'
import { openGap } from './gaps.ts'

/**
 * A user was put out of a group, or the group is gone: LeaveGroup-Response as a server transaction, in all versions.
 *
 * Data: `id` (of the joined session), `group` (GroupID as its client wrote it), `code`.
 */
export const putOut: ServerTransaction = {
  kind: 'PutOut',
  // R13: after a restore the client knows that it is in no group but those that it is told of.
  survivesRestore: false,
  pushesContent: () => false,

  async render({ id, group, code }, { village, session }) {
    const key = groupKeyIn(village, String(group))
    const isBack = Object.values(session.groups ?? {}).some(
      (place) => groupKeyIn(village, place.address) === key && place.id !== id && !openGap(place),
    )
    // It has joined again since.
    if (isBack) return undefined
    const Code = Number(code) as StatusCode
    const Result = { Code, Description: statusDescriptions[Code] }
    return element('LeaveGroup-Response', { GroupID: String(group), Result })
  },

  // While its place is there a session is told: whoever goes on with what a dead call has begun finds it gone.
  async acknowledged({ id }, { village, session }) {
    const [groupId] = Object.entries(session.groups ?? {}).find(([, place]) => place.id === id) ?? []
    if (groupId !== undefined) await village.store.places.remove(session.id, groupId, String(id))
  },
}
