import type { TransactionMode } from '../message.ts'
import { agreedCapabilityList, capabilityList } from './capabilities.ts'
import {
  clientId,
  contactListProperties,
  type Form,
  named,
  nickList,
  removeNickList,
  result,
  text,
  texts,
} from './forms.ts'
import { attributeNames, attributeValues, presences } from './presence.ts'
import { allFunctions, wholeFeatures } from './serviceTree.ts'

/** A primitive as plain text has it. */
export interface PtsPrimitive {
  readonly code: string
  readonly name: string
  /** Plain text does not say it: it follows from the code. */
  readonly mode: TransactionMode
  /** By code, in the order of the content model. `SI` stands here only where it is a child of the primitive. */
  readonly parameters: readonly (readonly [code: string, form: Form])[]
}

const row =
  (mode: TransactionMode) =>
  (code: string, name: string, parameters: Readonly<Record<string, Form>> = {}): PtsPrimitive => ({
    code,
    name,
    mode,
    parameters: Object.entries(parameters),
  })
const request = row('Request')
const response = row('Response')

const timeToLive = text('TimeToLive')
const contactList = text('ContactList')
const contactLists = named('ContactList', 'ContactListIDList')
const users = named('UserID', 'UserIDList', 'User')

/**
 * The transaction codes and the parameters of each. Disconnect and PresenceNotification-Request are the requests of a
 * server; a Disconnect that answers a Logout-Request (1.1) is read back as a request too.
 */
const primitives: readonly PtsPrimitive[] = [
  request('LR', 'Login-Request', {
    UI: text('UserID'),
    CI: clientId,
    PW: text('Password'),
    DB: text('DigestBytes'),
    SH: texts('DigestSchema'),
    TL: timeToLive,
    SC: text('SessionCookie'),
    RF: wholeFeatures,
    CA: capabilityList,
  }),
  response('RL', 'Login-Response', {
    UI: text('UserID'),
    CI: clientId,
    ST: result,
    NO: text('Nonce'),
    DI: text('DigestSchema'),
    SI: text('SessionID'),
    KA: text('KeepAliveTime'),
    CR: text('CapabilityRequest'),
    NF: wholeFeatures,
    AP: agreedCapabilityList,
  }),
  request('CP', 'ClientCapability-Request', { CI: clientId, CA: capabilityList }),
  response('PC', 'ClientCapability-Response', { CI: clientId, AP: agreedCapabilityList }),
  request('SQ', 'Service-Request', { CI: clientId, RF: wholeFeatures, AR: text('AllFunctionsRequest') }),
  response('QS', 'Service-Response', { CI: clientId, NF: wholeFeatures, AF: allFunctions }),
  request('OR', 'Logout-Request'),
  request('DI', 'Disconnect', { ST: result }),
  request('KA', 'KeepAlive-Request', { TL: timeToLive }),
  response('AK', 'KeepAlive-Response', { ST: result, KA: text('KeepAliveTime') }),
  request('PO', 'Polling-Request'),
  response('ST', 'Status', { ST: result, CI: clientId }),
  request('GL', 'GetList-Request'),
  response('LG', 'GetList-Response', { CL: contactLists, DC: text('DefaultContactList') }),
  request('CL', 'CreateList-Request', { CL: contactList, UN: nickList('NickList'), CP: contactListProperties }),
  request('DL', 'DeleteList-Request', { CL: contactList }),
  request('LM', 'ListManage-Request', {
    CL: contactList,
    AN: nickList('AddNickList'),
    RN: removeNickList,
    CP: contactListProperties,
    RL: text('ReceiveList'),
  }),
  response('ML', 'ListManage-Response', { ST: result, UN: nickList('NickList'), CP: contactListProperties }),
  request('GP', 'GetPresence-Request', { UI: users, CL: contactLists, PS: attributeNames }),
  response('PG', 'GetPresence-Response', { ST: result, PR: presences }),
  request('SB', 'SubscribePresence-Request', {
    UI: users,
    CL: contactLists,
    PS: attributeNames,
    AS: text('AutoSubscribe'),
  }),
  request('PN', 'PresenceNotification-Request', { PR: presences }),
  request('UP', 'UpdatePresence-Request', { UV: attributeValues }),
  request('GB', 'GetBlockedList-Request'),
  request('CA', 'CreateAttributeList-Request', {
    PS: attributeNames,
    UI: named('UserID', 'UserIDList'),
    CL: contactLists,
    DL: text('DefaultList'),
  }),
]

const byCode = new Map(primitives.map((one) => [one.code, one]))
const byName = new Map(primitives.map((one) => [one.name, one]))

/** @param code in upper case */
export const primitiveOfCode = (code: string): PtsPrimitive | undefined => byCode.get(code)

export const primitiveOfName = (name: string): PtsPrimitive | undefined => byName.get(name)

/** True for a primitive that has a transaction code: others cannot be told in plain text. */
export const expressedInPts = (primitiveName: string): boolean => byName.has(primitiveName)
