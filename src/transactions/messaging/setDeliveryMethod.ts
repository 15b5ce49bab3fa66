import { CspError } from '../../csp/cspError.ts'
import type { Element } from '../../csp/element.ts'
import { wholeNumber } from '../../csp/wholeNumber.ts'
import { requireGroup } from '../../groups/finding.ts'
import type { LiveSession } from '../../session/liveSession.ts'
import type { DeliveryMethod } from '../../session/session.ts'
import type { Village } from '../../village.ts'
import { status, transaction } from '../transaction.ts'

/** Groups for which a session may have a delivery method of their own. */
const groupsMax = 50

/**
 * SetDeliveryMethod-Request → Status: pushed (P) or by notification (N), and up to which size content is pushed; for
 * the session, or for the messages of one group.
 */
export const setDeliveryMethod = transaction({
  request: 'SetDeliveryMethod-Request',
  service: 'SETD',
  session: 'live',
  requires: ['DeliveryMethod'],

  async handle({ village, request, live }) {
    const group = request.textOf('GroupID')
    const delivery: DeliveryMethod = {
      method: methodOf(request),
      ...lengthOf(
        request,
        group === undefined ? ['AcceptedContentLength'] : ['GroupContentLimit', 'AcceptedContentLength'],
      ),
    }
    if (group === undefined) await live.change({ delivery })
    else await setForGroup(village, live, group, delivery)
    return status(200)
  },
})

/** R10: it is kept with the session, whether or not that is joined in the group just now. */
async function setForGroup(village: Village, live: LiveSession, text: string, delivery: DeliveryMethod): Promise<void> {
  const { groupDelivery, places } = village.store
  const group = await requireGroup(village, text)
  if (!(await groupDelivery.set(live.session, { ...delivery, group: group.key }, groupsMax)))
    throw new CspError(402, `More than ${groupsMax} groups have a delivery method`)
  if (!live.session.hasGroupDelivery) await live.change({ hasGroupDelivery: true })
  await live.readStrongly()
  const place = live.session.groups?.[group.id]
  if (place) await places.change(live.session.id, group.id, place.id, { delivery })
}

function methodOf(request: Element): 'P' | 'N' {
  const method = request.textOf('DeliveryMethod')?.toUpperCase()
  if (method !== 'P' && method !== 'N') throw new CspError(402, 'DeliveryMethod is neither P nor N')
  return method
}

function lengthOf(request: Element, names: readonly string[]): Pick<DeliveryMethod, 'contentLength'> {
  const name = names.find((one) => request.textOf(one) !== undefined)
  return name === undefined ? {} : { contentLength: wholeNumber(request, name) }
}
