import { AccountStore } from './accounts.ts'
import { QueueStore } from './queue.ts'
import { SessionStore } from './sessions.ts'
import { SweepStore } from './sweep.ts'
import type { Table } from './table.ts'
import { Writes } from './writes.ts'

/** Every read and write of the service, by what it is about. */
export interface Store {
  readonly sessions: SessionStore
  readonly accounts: AccountStore
  readonly queue: QueueStore
  readonly sweep: SweepStore
}

/** @param random gives that many random bytes: write ids are made of them */
export function createStore(table: Table, random: (bytes: number) => Uint8Array): Store {
  const writes = new Writes(table, () => Buffer.from(random(9)).toString('base64url'))
  return {
    sessions: new SessionStore(writes),
    accounts: new AccountStore(writes),
    queue: new QueueStore(writes),
    sweep: new SweepStore(table),
  }
}
