import { CspError } from '../../csp/cspError.ts'
import type { ContentTree, Element } from '../../csp/element.ts'
import { doNotNotify, type NotificationSet, noNotifications, notificationBit } from '../../notifications/types.ts'
import { type Answer, result, status } from '../transaction.ts'

/** A NotificationTypeList, taken apart. */
export interface AskedNotifications {
  readonly set: NotificationSet
  readonly isCleared: boolean
  /** Codes that stand for no event that can be subscribed to here, as written. */
  readonly others: readonly string[]
}

/** Codes that a list may have: some more than there are in the protocol. */
const most = 100

/** @throws CspError 400 for a list that names nothing, 402 for one that names too much */
export function askedNotifications(request: Element): AskedNotifications {
  const written = request.child('NotificationTypeList')?.textsOf('NotificationType') ?? []
  if (written.length === 0) throw new CspError(400, `${request.name} names no NotificationType`)
  if (written.length > most) throw new CspError(402, `More than ${most} NotificationTypes`)
  let set = noNotifications
  let isCleared = false
  const others: string[] = []
  for (const code of written) {
    const bit = notificationBit(code.toUpperCase())
    if (code.toUpperCase() === doNotNotify) isCleared = true
    else if (bit === noNotifications) others.push(code.slice(0, longest))
    else set |= bit
  }
  return { set, isCleared, others: [...new Set(others)] }
}

/** Characters of an unknown code that are given back. */
const longest = 20

/**
 * Status 200; 201 when some of what was named could not be done, and the detail names it.
 *
 * @param why what is the matter with these codes
 * @throws CspError 402 when nothing could be done
 */
export function outcomeOf(done: boolean, refused: readonly string[], why: string): Answer {
  if (refused.length === 0) return status(200)
  const sentence = `${why}: ${refused.join(' ')}`
  if (!done) throw new CspError(402, sentence)
  const detail: ContentTree = result(402, sentence)
  return status(201, undefined, [detail])
}
