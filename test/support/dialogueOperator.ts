import { disableAccount, enableAccount, removeAccount, setPassword } from '../../src/accounts/lifecycle.ts'
import { sendSystemMessage } from '../../src/delivery/sendSystemMessage.ts'
import { endSession } from '../../src/session/ending.ts'
import { phase, type Session } from '../../src/session/session.ts'
import { sweep } from '../../src/session/sweeper.ts'
import { hotKey } from '../../src/store/keys.ts'
import type { World } from './dialogueWorld.ts'
import { addCheapAccount } from './village.ts'

/** What an operator, the minute timer and DynamoDB itself do between the messages of a dialogue. */
export class Operator {
  readonly #world: World
  #messages = 0

  constructor(world: World) {
    this.#world = world
  }

  /** As the operator's command makes it, but for the cost of the password, which its record states. */
  async adds(user: string, password: string): Promise<void> {
    const account = await addCheapAccount(this.#world.village, user, password)
    if (this.#world.village.settings.fourWayLogin) return
    await this.#world.village.store.accounts.change(account, { sealed: undefined })
  }

  async disables(user: string): Promise<void> {
    await disableAccount(this.#world.village, await this.#account(user))
  }

  async enables(user: string): Promise<void> {
    await enableAccount(this.#world.village, await this.#account(user))
  }

  async removes(user: string): Promise<void> {
    await removeAccount(this.#world.village, await this.#account(user))
  }

  async setsPassword(user: string, password: string): Promise<void> {
    await setPassword(this.#world.village, await this.#account(user), password)
  }

  async disconnects(sessionId: string): Promise<void> {
    const { village } = this.#world
    const found = await village.store.sessions.read(sessionId)
    if (!found || !(await endSession(village, found.session, 'disconnect'))) throw new Error('That session is not live')
  }

  /** To every session that the user has live, with the answers that it is to have, if any. */
  async sends(text: string, user: string, answers: readonly string[] = []): Promise<void> {
    const { village } = this.#world
    const live: Session[] = []
    for (const id of await village.store.accounts.sessionIds(user)) {
      const found = await village.store.sessions.read(id)
      if (found && phase(village.now(), found.session) === 'live') live.push(found.session)
    }
    await sendSystemMessage(village, { id: `system-${++this.#messages}`, text, answers }, live)
  }

  /** The text of the answer that a user has given to the operator's message. */
  async answerOf(user: string, id: string): Promise<string | undefined> {
    const { message, users = [] } = (await this.#world.village.store.systemMessages.view(id)) ?? {}
    const answer = users.find((one) => one.user === user)?.answer
    return message?.options.find((one) => one.id === answer)?.text
  }

  async sweeps(): Promise<void> {
    await sweep(this.#world.village, this.#world.village.now() + 45_000)
  }

  /** DynamoDB deletes what has expired, sooner or later (R9): here at once. */
  async forgets(): Promise<void> {
    const { table, village } = this.#world
    for await (const { pk, sk, expiresAt } of table.scan()) {
      if (typeof expiresAt === 'number' && expiresAt * 1000 <= village.now()) await table.delete({ pk, sk })
    }
  }

  /** Seconds that the table keeps a session, by the attribute that native TTL looks at (R9). */
  async keptFor(sessionId: string): Promise<number | undefined> {
    const { table, village } = this.#world
    const item = await table.get(hotKey(sessionId), true)
    return item && (item.expiresAt as number) - Math.ceil(village.now() / 1000)
  }

  async #account(user: string) {
    const account = await this.#world.village.store.accounts.read(user)
    if (!account) throw new Error(`There is no account ${user}`)
    return account
  }
}
