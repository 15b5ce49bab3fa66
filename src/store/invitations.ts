import type { Invitation, InvitationOutcome, MadeInvitation } from '../invitations/invitation.ts'
import { invitationKey, madeInvitationKey, madeInvitations, within } from './keys.ts'
import { toRecord } from './records.ts'
import { definedValues, schemaVersion } from './sessionItem.ts'
import { attribute, type Change, type Clause, ConditionFailed, type Item, ignoreFailedCondition } from './table.ts'
import type { Writes } from './writes.ts'

/** Seconds for which they stay in the table when their time is over. TTL is for garbage: whoever reads looks at the time. */
const spare = 86400

const expiresAt = ({ validUntil }: { readonly validUntil: number }) => Math.ceil(validUntil / 1000) + spare
const isOpen: readonly Clause[] = [attribute('validUntil').isPresent, attribute('outcome').isMissing]

/** Invitations: what an inviter has made, and one item with each who is invited, which decides what becomes of it. */
export class InvitationStore {
  readonly #writes: Writes

  constructor(writes: Writes) {
    this.#writes = writes
  }

  /**
   * Notes what a request to invite has decided, unless another under the same InviteID is still good: one write.
   *
   * @returns what stands: this, or what was made then
   */
  async claim(accountId: string, made: MadeInvitation): Promise<MadeInvitation> {
    const key = madeInvitationKey(accountId, made.inviteId)
    const item: Item = { ...key, schemaVersion, ...(made as object as Item), expiresAt: expiresAt(made) }
    const isFree: Clause = {
      anyOf: [[attribute('pk').isMissing], [attribute('validUntil').isAtMost(made.at)]],
    }
    try {
      await this.#writes.put(item, [isFree])
      return made
    } catch (error) {
      if (!(error instanceof ConditionFailed)) throw error
      return (await this.made(accountId, made.inviteId, made.at)) ?? made
    }
  }

  /** Strong. Undefined when its time is over. @param now milliseconds since 1970 */
  async made(accountId: string, inviteId: string, now: number): Promise<MadeInvitation | undefined> {
    const item = await this.#writes.table.get(madeInvitationKey(accountId, inviteId), true)
    return item && Number(item.validUntil) > now ? toRecord<MadeInvitation>(item) : undefined
  }

  /** All that a request has decided is done. One write. */
  async finish(accountId: string, { inviteId, secret }: MadeInvitation): Promise<void> {
    const isSame = [attribute('secret').is(secret)]
    const written = this.#writes.update(madeInvitationKey(accountId, inviteId), { set: { done: true } }, isSame)
    await written.catch(ignoreFailedCondition)
  }

  /** Puts an invitation with the one who is invited, unless it is there: one write. */
  async put(accountId: string, { id, ...invitation }: Invitation): Promise<void> {
    const item: Item = {
      ...invitationKey(accountId, id),
      schemaVersion,
      ...definedValues(invitation),
      expiresAt: expiresAt(invitation),
    }
    await this.#writes.table.put(item, [attribute('pk').isMissing]).catch(ignoreFailedCondition)
  }

  /** Strong. */
  async read(accountId: string, id: string): Promise<Invitation | undefined> {
    const item = await this.#writes.table.get(invitationKey(accountId, id), true)
    return item && { ...toRecord<Invitation>(item), id }
  }

  /** Those that an account has got and those that it has made, over ones included as long as they stand: two Queries. */
  async all(accountId: string): Promise<{ readonly got: Invitation[]; readonly made: MadeInvitation[] }> {
    const prefix = invitationKey(accountId)
    const [got, made] = await Promise.all(
      [prefix, madeInvitations(accountId)].map((key) => this.#writes.table.query(within(key, true))),
    )
    return {
      got: got!.map((item) => ({ ...toRecord<Invitation>(item), id: item.sk.slice(prefix.sk.length) })),
      made: made!.map(toRecord<MadeInvitation>),
    }
  }

  /** It is about to be sent: who cancels it from now on has to say so. One write. @returns false when it is over */
  async markSent(accountId: string, id: string): Promise<boolean> {
    return (await this.#update(accountId, id, { set: { sent: true } }, isOpen)) !== undefined
  }

  /** Decides what becomes of an invitation, unless that is decided. @returns it as it stands; undefined when it is gone */
  async decide(accountId: string, id: string, outcome: InvitationOutcome): Promise<Invitation | undefined> {
    const set = { outcome: definedValues(outcome) }
    return (await this.#update(accountId, id, { set }, isOpen)) ?? this.read(accountId, id)
  }

  /** Gives the same outcome another time. @returns the invitation as it stands; undefined when it is gone */
  async renew(accountId: string, { id, outcome }: Decided, at: number): Promise<Invitation | undefined> {
    const asSeen = [attribute('outcome.at').is(outcome.at)]
    return (await this.#update(accountId, id, { set: { 'outcome.at': at } }, asSeen)) ?? this.read(accountId, id)
  }

  /** All that follows from its outcome is done. */
  async carriedOut(accountId: string, id: string): Promise<void> {
    await this.#update(accountId, id, { set: { carriedOut: true } }, [attribute('outcome').isPresent])
  }

  async #update(accountId: string, id: string, change: Change, condition: readonly Clause[]) {
    const written = this.#writes.update(invitationKey(accountId, id), change, condition)
    const item = await written.catch(ignoreFailedCondition)
    return item && { ...toRecord<Invitation>(item), id }
  }
}

/** An invitation of which it is decided what becomes of it. */
export type Decided = Invitation & { readonly outcome: InvitationOutcome }
