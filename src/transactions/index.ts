import { versions } from '../csp/versions.ts'
import type { ServedFunction } from '../session/offered.ts'
import { blockEntity } from './access/blockEntity.ts'
import { getBlockedList } from './access/getBlockedList.ts'
import { verifyId } from './access/verifyId.ts'
import { createAttributeList } from './contacts/createAttributeList.ts'
import { createList } from './contacts/createList.ts'
import { deleteAttributeList } from './contacts/deleteAttributeList.ts'
import { deleteList } from './contacts/deleteList.ts'
import { getAttributeList } from './contacts/getAttributeList.ts'
import { getList } from './contacts/getList.ts'
import { listManage } from './contacts/listManage.ts'
import { addGroupMembers } from './groups/addGroupMembers.ts'
import { createGroup } from './groups/createGroup.ts'
import { deleteGroup } from './groups/deleteGroup.ts'
import { extendConversation } from './groups/extendConversation.ts'
import { getGroupMembers } from './groups/getGroupMembers.ts'
import { getGroupProps } from './groups/getGroupProps.ts'
import { getJoinedUsers } from './groups/getJoinedUsers.ts'
import { joinGroup } from './groups/joinGroup.ts'
import { leaveGroup } from './groups/leaveGroup.ts'
import { memberAccess } from './groups/memberAccess.ts'
import { rejectList } from './groups/rejectList.ts'
import { removeGroupMembers } from './groups/removeGroupMembers.ts'
import { setGroupProps } from './groups/setGroupProps.ts'
import { subscribeGroupNotice } from './groups/subscribeGroupNotice.ts'
import { cancelInvite } from './invitation/cancelInvite.ts'
import { inviteRequest } from './invitation/inviteRequest.ts'
import { inviteUserResponse } from './invitation/inviteUserResponse.ts'
import { forwardMessage } from './messaging/forwardMessage.ts'
import { getMessage } from './messaging/getMessage.ts'
import { getMessageList } from './messaging/getMessageList.ts'
import { messageDelivered } from './messaging/messageDelivered.ts'
import { rejectMessage } from './messaging/rejectMessage.ts'
import { sendMessage } from './messaging/sendMessage.ts'
import { setDeliveryMethod } from './messaging/setDeliveryMethod.ts'
import { subscribeNotification } from './notifications/subscribeNotification.ts'
import { unsubscribeNotification } from './notifications/unsubscribeNotification.ts'
import { cancelAuth } from './presence/cancelAuth.ts'
import { getPresence } from './presence/getPresence.ts'
import { getReactiveAuthStatus } from './presence/getReactiveAuthStatus.ts'
import { getWatcherList } from './presence/getWatcherList.ts'
import { presenceAuthUser } from './presence/presenceAuthUser.ts'
import { subscribePresence } from './presence/subscribePresence.ts'
import { unsubscribePresence } from './presence/unsubscribePresence.ts'
import { updatePresence } from './presence/updatePresence.ts'
import { getPublicProfile } from './search/getPublicProfile.ts'
import { search } from './search/search.ts'
import { stopSearch } from './search/stopSearch.ts'
import { updatePublicProfile } from './search/updatePublicProfile.ts'
import { statusAsRequest } from './session/acknowledgement.ts'
import { clientCapability } from './session/clientCapability.ts'
import { getSPInfo } from './session/getSPInfo.ts'
import { keepAlive } from './session/keepAlive.ts'
import { login } from './session/login.ts'
import { logout } from './session/logout.ts'
import { polling } from './session/polling.ts'
import { service } from './session/service.ts'
import { systemMessageUser } from './session/systemMessageUser.ts'
import type { TransactionDefinition } from './transaction.ts'

/** Every transaction that a client can open. */
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
  systemMessageUser,
  subscribeNotification,
  unsubscribeNotification,
  getList,
  createList,
  deleteList,
  listManage,
  createAttributeList,
  deleteAttributeList,
  getAttributeList,
  getPresence,
  updatePresence,
  subscribePresence,
  unsubscribePresence,
  getWatcherList,
  presenceAuthUser,
  cancelAuth,
  getReactiveAuthStatus,
  getBlockedList,
  blockEntity,
  sendMessage,
  setDeliveryMethod,
  getMessageList,
  getMessage,
  rejectMessage,
  forwardMessage,
  search,
  stopSearch,
  getPublicProfile,
  updatePublicProfile,
  createGroup,
  deleteGroup,
  joinGroup,
  leaveGroup,
  getGroupMembers,
  getJoinedUsers,
  addGroupMembers,
  removeGroupMembers,
  memberAccess,
  getGroupProps,
  setGroupProps,
  rejectList,
  subscribeGroupNotice,
  extendConversation,
  inviteRequest,
  inviteUserResponse,
  cancelInvite,
  verifyId,
]

/** Functions that the server carries out: what it tells, unasked, a client that has agreed to them. */
const serverFunctions: readonly ServedFunction[] = ['NEWM', 'NOTIF', 'MDELIV', 'GRCHN'].map((service) => ({
  service,
  versions,
}))

/** What a Search-Request may hold besides, of which the service tree knows as a function of its own. */
const advancedSearch: ServedFunction = { service: 'ADVSR', versions: ['1.3'] }

/** What the service tree is derived from. */
export const servedFunctions: readonly ServedFunction[] = [...definitions, ...serverFunctions, advancedSearch]

/** By the name of the request. */
export const transactions: ReadonlyMap<string, TransactionDefinition> = new Map(
  definitions.map((one) => [one.request, one]),
)
