import { messageDelivered, statusAsRequest } from './session/acknowledgement.ts'
import { clientCapability } from './session/clientCapability.ts'
import { getSPInfo } from './session/getSPInfo.ts'
import { keepAlive } from './session/keepAlive.ts'
import { login } from './session/login.ts'
import { logout } from './session/logout.ts'
import { polling } from './session/polling.ts'
import { service } from './session/service.ts'
import type { TransactionDefinition } from './transaction.ts'

/** Every transaction that a client can open. The service tree is derived from this list. */
const definitions: readonly TransactionDefinition[] = [
  login,
  clientCapability,
  service,
  keepAlive,
  polling,
  logout,
  getSPInfo,
  statusAsRequest,
  messageDelivered,
]

/** By the name of the request. */
export const transactions: ReadonlyMap<string, TransactionDefinition> = new Map(
  definitions.map((one) => [one.request, one]),
)
