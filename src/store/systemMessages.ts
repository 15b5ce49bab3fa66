import type { AskedUser, OpenSystemMessage } from '../delivery/systemAnswers.ts'
import type { Owner } from '../presence/subscription.ts'
import { systemMessageKey, systemRecipientKey } from './keys.ts'
import { toRecord } from './records.ts'
import { schemaVersion } from './sessionItem.ts'
import { attribute, ignoreFailedCondition } from './table.ts'
import type { Writes } from './writes.ts'

/** A message of the operator that is to be answered, with those whom it was sent to. */
export interface SystemMessageView {
  readonly message: OpenSystemMessage
  readonly users: readonly AskedUser[]
}

/** Messages of the operator that are to be answered, and the answers, until their time is over. All reads are strong. */
export class SystemMessageStore {
  readonly #writes: Writes

  constructor(writes: Writes) {
    this.#writes = writes
  }

  /** The message first, then that it goes to these accounts: one write each. */
  async open(message: OpenSystemMessage, owners: readonly Owner[]): Promise<void> {
    const { id, text, at, options, expiresAt } = message
    const { table } = this.#writes
    const told = options.map((one) => ({ id: one.id, text: one.text }))
    await table.put({ ...systemMessageKey(id), schemaVersion, id, text, at, options: told, expiresAt })
    const ids = options.map((one) => one.id)
    for (const { user, accountId } of owners)
      await table.put({ ...systemRecipientKey(id, user), schemaVersion, user, accountId, options: ids, expiresAt })
  }

  /** What is known of the message to this user; TTL may be late, so who asks looks at `expiresAt`. */
  async recipient(id: string, user: string): Promise<AskedUser | undefined> {
    const item = await this.#writes.table.get(systemRecipientKey(id, user), true)
    return item && toRecord<AskedUser>(item)
  }

  /** The first answer stands. @returns false when there is one already, or the message is for another account */
  async answer(id: string, { user, accountId }: Owner, answer: string, answeredAt: number): Promise<boolean> {
    const condition = [attribute('accountId').is(accountId), attribute('answer').isMissing]
    const change = { set: { answer, answeredAt } }
    const written = await this.#writes
      .update(systemRecipientKey(id, user), change, condition)
      .catch(ignoreFailedCondition)
    return written !== undefined
  }

  /** One Query. */
  async view(id: string): Promise<SystemMessageView | undefined> {
    const { pk, sk } = systemMessageKey(id)
    const items = await this.#writes.table.query({ pk, consistent: true })
    const message = items.find((item) => item.sk === sk)
    if (!message) return undefined
    const users = items.filter((item) => item !== message).map((item) => toRecord<AskedUser>(item))
    return { message: toRecord<OpenSystemMessage>(message), users }
  }
}
