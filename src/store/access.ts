import { type Access, noAccess, type Relation } from '../presence/access.ts'
import type { Question } from '../presence/questions.ts'
import { accessKey, questionKey, relationKey, within } from './keys.ts'
import { toRecord } from './records.ts'
import { definedValues, schemaVersion } from './sessionItem.ts'
import { attribute, type Item, ignoreFailedCondition, type Key } from './table.ts'
import type { Writes } from './writes.ts'

/** A record as it was read, with the id of the write that made it; none when there was nothing. */
export interface Found<Record> {
  readonly value: Record
  readonly writeId?: string
}

const found = <Record>(item: Item): Found<Record> => ({
  value: toRecord<Record>(item),
  ...(item.writeId !== undefined && { writeId: item.writeId as string }),
})

/** What users have said of others in the table. All reads are strong but the one that says otherwise. */
export class AccessStore {
  readonly #writes: Writes

  constructor(writes: Writes) {
    this.#writes = writes
  }

  async read(accountId: string): Promise<Found<Access>> {
    const item = await this.#writes.table.get(accessKey(accountId), true)
    return item ? found(item) : { value: noAccess }
  }

  /** The same, read eventually: it may only say that something was not said. */
  async glance(accountId: string): Promise<Access> {
    const item = await this.#writes.table.get(accessKey(accountId), false)
    return item ? toRecord<Access>(item) : noAccess
  }

  /** @returns false when another invocation was faster */
  replace(accountId: string, access: Access, replaced: Found<Access>): Promise<boolean> {
    return this.#replace(accessKey(accountId), access, replaced.writeId)
  }

  async relation(accountId: string, user: string): Promise<Found<Relation> | undefined> {
    const item = await this.#writes.table.get(relationKey(accountId, user), true)
    return item && found(item)
  }

  /** All of a user's relations, by the other's name. One Query. */
  async relations(accountId: string): Promise<ReadonlyMap<string, Found<Relation>>> {
    const items = await this.#writes.table.query(within(relationKey(accountId), true))
    return new Map(items.map((item) => [item.user as string, found(item)]))
  }

  /** @returns false when another invocation was faster */
  replaceRelation(accountId: string, relation: Relation, replaced: Found<Relation> | undefined): Promise<boolean> {
    return this.#replace(relationKey(accountId, relation.user), relation, replaced?.writeId)
  }

  /** @returns false when another invocation was faster */
  async removeRelation(accountId: string, { value, writeId }: Found<Relation>): Promise<boolean> {
    const condition = [attribute('writeId').is(writeId ?? '')]
    const old = await this.#writes.table
      .delete(relationKey(accountId, value.user), condition)
      .catch(ignoreFailedCondition)
    return old !== undefined
  }

  /** The open questions for authorisation of a user: one Query. */
  async questions(accountId: string): Promise<Question[]> {
    const items = await this.#writes.table.query(within(questionKey(accountId), true))
    return items.map((item) => toRecord<Question>(item))
  }

  async question(accountId: string, user: string): Promise<Question | undefined> {
    const item = await this.#writes.table.get(questionKey(accountId, user), true)
    return item && toRecord<Question>(item)
  }

  /** @returns false when that user has an open question already */
  async openQuestion(accountId: string, question: Question): Promise<boolean> {
    const item: Item = { ...questionKey(accountId, question.user), schemaVersion, ...definedValues(question) }
    // What a former account of that name has asked is nobody's question any more.
    const none = [{ anyOf: [[attribute('pk').isMissing], [attribute('accountId').isNot(question.accountId)]] }]
    return (await this.#writes.put(item, none).catch(ignoreFailedCondition)) !== undefined
  }

  /** Notes to which sessions the question was put. */
  async tellQuestion(accountId: string, { user }: Question, told: readonly string[]): Promise<void> {
    await this.#writes
      .update(questionKey(accountId, user), { set: { told } }, [attribute('pk').isPresent])
      .catch(ignoreFailedCondition)
  }

  async closeQuestion(accountId: string, user: string): Promise<void> {
    await this.#writes.table.delete(questionKey(accountId, user))
  }

  async #replace(key: Key, value: object, writeId: string | undefined): Promise<boolean> {
    const item: Item = { ...key, schemaVersion, ...definedValues(value) }
    const asRead = [writeId === undefined ? attribute('pk').isMissing : attribute('writeId').is(writeId)]
    return (await this.#writes.put(item, asRead).catch(ignoreFailedCondition)) !== undefined
  }
}
