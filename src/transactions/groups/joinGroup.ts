import { withScheme } from '../../csp/address.ts'
import { element } from '../../csp/element.ts'
import { isAtLeast } from '../../csp/versions.ts'
import { requireGroup } from '../../groups/finding.ts'
import { eachOnce, joinedNow } from '../../groups/joinedUsers.ts'
import { join } from '../../groups/joining.ts'
import { readOwnProperties, welcomeNoteOf } from '../../groups/properties.ts'
import { joinedUsers, screenNameOf } from '../../groups/rendering.ts'
import { transaction } from '../transaction.ts'
import { screenNameIn } from './screenName.ts'

/**
 * JoinGroup-Request → JoinGroup-Response: the session is told from now on what is said in the group. With JoinedRequest T
 * the answer lists who is joined. A session that is joined already is answered as one that joins. 809 for a user whom the
 * group rejects, 803 when it is restricted and he is no member, 817 when it is full, 811 for the screen name of another.
 */
export const joinGroup = transaction({
  request: 'JoinGroup-Request',
  service: 'MG',
  session: 'live',
  requires: ['GroupID'],

  async handle({ village, request, version, live }) {
    const group = await requireGroup(village, request.textOf('GroupID'))
    const address = withScheme(request.textOf('GroupID')!)
    const own = readOwnProperties(request.child('OwnProperties'))
    const screenName = screenNameIn(request) ?? own.screenName
    await live.readStrongly()
    const joined = await join(village, group, live.session, {
      address,
      ...(screenName !== undefined && { screenName }),
      ...(request.flagOf('SubscribeNotification') && { notices: true }),
      said: own,
    })
    const isWanted = request.flagOf('JoinedRequest') === true
    const all = isWanted ? await joinedNow(village, group.id, await village.store.rooms.joined(group.id)) : []
    const own13 = isAtLeast(version, '1.3') ? { ScreenName: screenNameOf(joined, address) } : {}
    const list = isWanted ? joinedUsers(eachOnce(all), address, { session: live.session, village, version }) : {}
    return {
      primitive: element('JoinGroup-Response', { ...own13, ...list, WelcomeNote: welcomeNoteOf(group) }),
      // It has joined, whether or not the client can parse who else has, and what is written at the door.
      smaller: element('JoinGroup-Response', own13),
    }
  },
})
