import { CspError } from '../csp/cspError.ts'
import type { Element } from '../csp/element.ts'
import type { Owner } from '../presence/subscription.ts'
import type { Village } from '../village.ts'

/** One of the answers that the operator offers. */
export interface AnswerOption {
  readonly id: string
  readonly text: string
}

/** A message of the operator that is to be answered. */
export interface OpenSystemMessage {
  readonly id: string
  readonly text: string
  /** Milliseconds since 1970. */
  readonly at: number
  readonly options: readonly AnswerOption[]
  /** Until when it can be answered, and the answers are kept: seconds since 1970. */
  readonly expiresAt: number
}

/** A user whom it was sent to. */
export interface AskedUser extends Owner {
  /** Ids of the options. */
  readonly options: readonly string[]
  readonly expiresAt: number
  /** The option that was chosen. */
  readonly answer?: string
  /** Milliseconds since 1970. */
  readonly answeredAt?: number
}

/** Seconds for which a message can be answered, and its answers are kept: 30 days. */
export const answerableFor = 30 * 86400

/** One of the answers of a SystemMessageResponseList. */
export interface SystemAnswer {
  readonly id: string
  readonly option: string
}

/** Answers in one request, and characters of an id that can be one. */
const answersMax = 20
const longestId = 50

/** @throws CspError 400 for a list that answers nothing, 402 for too much of it */
export function systemAnswersIn(list: Element | undefined): SystemAnswer[] {
  const answers = (list?.all('SystemMessageResponse') ?? []).map((one) => ({
    id: one.textOf('SystemMessageID') ?? '',
    option: one.textOf('ChosenOptionID') ?? '',
  }))
  if (answers.length === 0) throw new CspError(400, 'No SystemMessageResponse')
  if (answers.length > answersMax) throw new CspError(402, `More than ${answersMax} answers in one request`)
  return answers
}

/**
 * Stores what a user answers to a message of the operator. The first answer stands; the same once more is no error.
 *
 * @returns 404 when no such message was sent to this account, 402 for no answer that it has, or another one than before
 */
export async function answerSystemMessage(
  village: Village,
  owner: Owner,
  { id, option }: SystemAnswer,
): Promise<200 | 402 | 404> {
  const asked = id.length > longestId ? undefined : await openRecipient(village, owner, id)
  if (!asked) return 404
  if (asked.answer !== undefined) return asked.answer === option ? 200 : 402
  if (!asked.options.includes(option)) return 402
  if (await village.store.systemMessages.answer(id, owner, option, village.now())) return 200
  // Another session of the user was faster.
  return (await openRecipient(village, owner, id))?.answer === option ? 200 : 402
}

/** True while the user can still answer, and has not. */
export const isUnanswered = async (village: Village, owner: Owner, id: string): Promise<boolean> => {
  const asked = await openRecipient(village, owner, id)
  return asked !== undefined && asked.answer === undefined
}

/** What was sent to an account that had the name before is not for this one; what is past its time is gone (R9). */
async function openRecipient(village: Village, { user, accountId }: Owner, id: string): Promise<AskedUser | undefined> {
  const asked = await village.store.systemMessages.recipient(id, user)
  return asked?.accountId === accountId && asked.expiresAt * 1000 > village.now() ? asked : undefined
}
