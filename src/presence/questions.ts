import { isAtLeast } from '../csp/versions.ts'
import { openServerTransaction } from '../delivery/openServerTransaction.ts'
import { liveAmong } from '../session/lookup.ts'
import { isAgreed } from '../session/offered.ts'
import type { Session } from '../session/session.ts'
import type { Village } from '../village.ts'
import type { AttributeSet } from './attributes.ts'
import { authorisationRequest } from './authorisationRequest.ts'
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
  /** The sessions that were told. */
  readonly told: Readonly<Record<string, true>>
}

/**
 * True when a session takes questions: it has agreed to REACT; in 1.3, which has no such function, to presence at all.
 * A client that has agreed to nothing yet is not asked.
 */
export const takesQuestions = (session: Session): boolean =>
  session.functions !== undefined && isAgreed(isAtLeast(session.version, '1.3') ? 'MP' : 'REACT', session)

/** Asks a user to authorise another, unless the question is open already. */
export async function ask(
  village: Village,
  owner: Owner,
  asking: Owner,
  attributes: AttributeSet | undefined,
): Promise<void> {
  const { access, presence } = village.store
  const question: Question = {
    user: asking.user,
    accountId: asking.accountId,
    ...(attributes !== undefined && { attributes }),
    askedAt: village.now(),
    told: {},
  }
  const isNew = await access.openQuestion(owner.accountId, question)
  const open = isNew ? question : await access.question(owner.accountId, asking.user)
  // A call that died after it had opened the question has told nobody.
  if (!open || Object.keys(open.told).length > 0) return
  const document = await presence.read(owner.accountId)
  const sessions = await liveAmong(village, Object.keys(document?.clients ?? {}))
  await tell(village, owner, open, sessions.filter(takesQuestions))
}

async function tell(village: Village, owner: Owner, question: Question, sessions: readonly Session[]): Promise<void> {
  const told = await Promise.all(
    sessions.map(async (session) => {
      const data = { user: question.user }
      const id = await openServerTransaction(village, session, authorisationRequest.kind, data)
      return id === undefined ? [] : [session.id]
    }),
  )
  if (told.flat().length > 0) await village.store.access.tellQuestion(owner.accountId, question, told.flat())
}

/** Tells a session of the questions that are open and that it has not been told of. */
export async function tellQuestions(village: Village, session: Session): Promise<void> {
  if (!takesQuestions(session)) return
  const questions = await village.store.access.questions(session.accountId)
  for (const question of questions) if (!question.told[session.id]) await tell(village, session, question, [session])
}
