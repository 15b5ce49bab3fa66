import { CspError } from '../../csp/cspError.ts'
import { isAtLeast } from '../../csp/versions.ts'
import { announceClient } from '../../presence/client.ts'
import { agreedList, hotCapabilities } from '../../session/capabilityNegotiation.ts'
import { negotiateCapabilities } from '../../session/negotiated.ts'
import { answer, transaction } from '../transaction.ts'

/**
 * ClientCapability-Request → ClientCapability-Response: what the client can take, and what of it is used. May be
 * repeated; the last one counts. After a restore by another client it puts the session's capabilities into use (R4).
 */
export const clientCapability = transaction({
  request: 'ClientCapability-Request',
  session: 'live',

  async handle(context) {
    const { village, request, version, live } = context
    const list = request.child('CapabilityList')
    if (!list && isAtLeast(version, '1.2')) throw new CspError(400, 'ClientCapability-Request has no CapabilityList')
    const agreed = list ? negotiateCapabilities(list, context) : {}
    await live.readStrongly()
    // The hot part says that something was agreed, so it comes last.
    await village.store.sessions.writeCold(live.session, { capabilities: agreed })
    // R10: what SetDeliveryMethod has said stays, unless the client is another one (R4) or says it anew.
    const { capabilityPending, delivery } = live.session
    const isAnew = capabilityPending || agreed.InitialDeliveryMethod || agreed.AcceptedContentLength
    await live.change({
      capabilities: hotCapabilities(agreed),
      capabilityPending: undefined,
      delivery: isAnew ? undefined : delivery,
    })
    await announceClient(village, live.session, agreed)
    const content = agreedList(agreed, version, live.session, village.cirMethods)
    // COMPAT(Android 1.0): takes the first child for the list, so a ClientID stands there only if it sent one.
    const clientId = request.child('ClientID')
    return answer('ClientCapability-Response', {
      ClientID: clientId,
      ...(isAtLeast(version, '1.2') ? { AgreedCapabilityList: content } : { CapabilityList: content }),
    })
  },
})
