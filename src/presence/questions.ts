import { isAtLeast } from '../csp/versions.ts'
import { openServerTransaction } from '../delivery/openServerTransaction.ts'
import type { LiveSession } from '../session/liveSession.ts'
import { liveAmong } from '../session/lookup.ts'
import { isAgreed } from '../session/offered.ts'
import type { Session } from '../session/session.ts'
import type { QueueEntry } from '../store/queue.ts'
import type { Village } from '../village.ts'
import type { AttributeSet } from './attributes.ts'
import { authorisationRequest } from './authorisationRequest.ts'
import { inLots } from './lots.ts'
import { isStillOpen } from './openQuestion.ts'
import type { Owner } from './subscription.ts'

/**
 * A user who wants to see another's presence and waits to be authorised (reactive authorisation). It belongs to the
 * account that is asked: each of its sessions that takes such questions is told once.
 */
export interface Question extends Owner {
  /** What the user wants to see; absent: everything. */
  readonly attributes?: AttributeSet
  /** Milliseconds since 1970. */
  readonly askedAt: number
  /** SessionIDs that were told, the latest of them. */
  readonly told: readonly string[]
}

/** Questions that a session is told of in one call; of the others when it negotiates, logs in or comes back next. */
const questionsAtOnce = 50

/** Sessions that are remembered as told. */
const toldMax = 10

/**
 * True when a session takes questions: it has agreed to REACT; in 1.3, which has no such function, to presence at all.
 * A client that has agreed to nothing yet is not asked.
 */
const takesQuestions = (session: Session): boolean =>
  session.functions !== undefined && isAgreed(isAtLeast(session.version, '1.3') ? 'MP' : 'REACT', session)

/** Asks a user to authorise another, unless the question is open already. */
export async function ask(
  village: Village,
  owner: Owner,
  asking: Owner,
  attributes: AttributeSet | undefined,
): Promise<void> {
  const { access, accounts, presence } = village.store
  const { user, accountId } = asking
  const standing = await access.question(owner.accountId, user)
  const isOpen = standing?.accountId === accountId
  // A call that died after it had opened the question has told nobody.
  if (isOpen && standing.told.length > 0) return
  // A contact whose account is gone, whoever has the name now, has nobody who could answer.
  if ((await accounts.read(owner.user))?.accountId !== owner.accountId) return
  const question: Question = {
    user,
    accountId,
    ...(attributes !== undefined && { attributes }),
    askedAt: village.now(),
    told: [],
  }
  if (!isOpen && !(await access.openQuestion(owner.accountId, question))) return
  // The answer may have come before the question was there.
  if (!(await isStillOpen(village, owner, question))) return
  const document = await presence.read(owner.accountId)
  // Strongly: a session that has just agreed to take questions is not to be passed over.
  const sessions = await liveAmong(village, Object.keys(document?.clients ?? {}), true)
  await tell(village, owner, question, sessions.filter(takesQuestions))
}

async function tell(village: Village, owner: Owner, question: Question, sessions: readonly Session[]): Promise<void> {
  const told: string[] = []
  for (const session of sessions) {
    const id = await openServerTransaction(village, session, authorisationRequest.kind, { user: question.user })
    if (id !== undefined) told.push(session.id)
  }
  if (told.length === 0) return
  await village.store.access.tellQuestion(owner.accountId, question, [...question.told, ...told].slice(-toldMax))
}

/** Closes the questions of users who have their answer now; what the session itself has yet to be told of them is void. */
export async function closeQuestions(village: Village, live: LiveSession, users: readonly string[]): Promise<void> {
  const { access, queue } = village.store
  await inLots(users, (user) => access.closeQuestion(live.session.accountId, user))
  const isOver = ({ kind, data }: QueueEntry) => kind === authorisationRequest.kind && users.includes(String(data.user))
  const over = live.queue.filter(isOver)
  await inLots(over, ({ transactionId }) => queue.remove(live.session.id, transactionId))
  live.forget(over.map((entry) => ({ entry, transactionId: entry.transactionId })))
}

/**
 * Tells a session of the questions that are open and that it has not been told of.
 *
 * @returns true when there are any
 */
export async function tellQuestions(village: Village, session: Session): Promise<boolean> {
  if (!takesQuestions(session)) return false
  const questions = await village.store.access.questions(session.accountId)
  const untold = questions.filter(({ told }) => !told.includes(session.id))
  for (const question of untold.slice(0, questionsAtOnce)) {
    if (await isStillOpen(village, session, question)) await tell(village, session, question, [session])
  }
  return untold.length > 0
}
