import { systemUser } from '../delivery/systemMessage.ts'
import { serviceAccountId } from '../store/groups.ts'
import type { Actor } from './notices.ts'

/** The operator, who may do everything in every group, without a session or an account. */
export const operator: Actor = { id: serviceAccountId, user: systemUser, accountId: serviceAccountId }
