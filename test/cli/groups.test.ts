import { afterAll, beforeEach, expect, test } from 'vitest'
import type { ContentTree } from '../../src/csp/element.ts'
import { HttpPhone, Stacks } from '../local/stacks.ts'
import { addCheapAccount } from '../support/village.ts'
import { operator } from './operator.ts'

const stacks = new Stacks()
const stack = await stacks.start()
const imps = operator({ IMPS_DATA_DIR: stack.folder.path })
afterAll(() => stacks.clear())

beforeEach(async () => {
  for (const one of (await imps('group list --local --json')).json.groups)
    await imps(`group delete ${one.group} --local`)
  for await (const { user } of stack.village.store.accounts.all()) await imps(`account remove ${user} --local`)
  for (const user of ['ann', 'bob']) await addCheapAccount(stack.village, user, 'pw')
})

const lobby = 'wv:/lobby'
const show = async (group = lobby) => (await imps(`group show ${group} --local --json`)).json

async function phoneOf(user: string) {
  const phone = new HttpPhone(stack, { user, client: `phone of ${user}`, version: '1.3' })
  await phone.login()
  return phone
}

const join = (phone: HttpPhone, GroupID = lobby, more: ContentTree = {}) =>
  phone.request('JoinGroup-Request', { GroupID, JoinedRequest: false, SubscribeNotification: false, ...more })

const makeParty = (phone: HttpPhone, more: ContentTree = {}) =>
  phone.request('CreateGroup-Request', {
    GroupID: 'wv:ann/party',
    GroupProperties: { Property: { Name: 'Name', Value: 'Party' } },
    JoinGroup: true,
    ...more,
  })

test('group create makes a group of the service, which users join and talk in, and nobody owns', async () => {
  const said = await imps([
    ...'group create wv:/Lobby --local --history --property Topic=Chess --property searchable=t --welcome'.split(' '),
    'Hello, you.',
  ])
  expect(said).toMatchObject({ code: 0, out: 'wv:/Lobby was made.\n', err: '' })
  const ann = await phoneOf('ann')
  const bob = await phoneOf('bob')
  const joined = await join(ann)
  expect(joined.name).toBe('JoinGroup-Response')
  expect(joined.text).toContain('Hello, you.')
  await join(bob, 'wv:/LOBBY@localhost')
  await bob.request('SendMessage-Request', {
    DeliveryReport: false,
    MessageInfo: { Recipient: { Group: { GroupID: lobby } } },
    ContentData: 'good morning',
  })
  expect((await ann.poll()).text).toContain('good morning')
  expect((await ann.request('DeleteGroup-Request', { GroupID: lobby })).code).toBe(816)
  expect(await show()).toMatchObject({
    group: {
      group: 'wv:/Lobby',
      owner: null,
      properties: { Name: 'Lobby', Topic: 'Chess', Type: 'Public', Accesstype: 'Open', History: 'T', Searchable: 'T' },
      welcomeNote: 'Hello, you.',
    },
    members: [],
    joined: [expect.objectContaining({ screenName: 'ann' }), expect.objectContaining({ screenName: 'bob' })].sort(
      () => 0,
    ),
    rejected: [],
  })
})

test('group create refuses a name that is taken', async () => {
  await imps('group create wv:/lobby --local --property Topic=first')
  const said = await imps('group create /LOBBY@localhost --local --property Topic=second')
  expect(said).toMatchObject({ code: 1, out: '', err: 'There is a group wv:/lobby already.\n' })
  expect((await show()).group.properties.Topic).toBe('first')
})

test.each([
  [['wv:ann/party'], /a user's/],
  [['lobby'], /no GroupID/],
  [['wv:/two words'], /no GroupID/],
  [['wv:/lobby@elsewhere.example'], /elsewhere.example.*localhost/],
  [[lobby, '--property', 'Topic'], /NAME=VALUE/],
  [[lobby, '--property', 'Colour=red'], /Colour is no property/],
  [[lobby, '--property', 'Accesstype=Shut'], /Accesstype.*no such value/],
  [[lobby, '--property', 'ActiveUsers=3'], /ActiveUsers cannot be set/],
  [[lobby, '--property', 'Name='], /--property/],
  [[lobby, '--property', 'Topic=a\u0007b'], /no phone can show/],
  [[lobby, '--welcome', ' '], /--welcome.*empty/],
  [[lobby, '--welcome', 'x'.repeat(4097)], /--welcome.*too long/],
])('group create refuses %j, and makes nothing', async (args, sentence) => {
  const said = await imps(['group', 'create', '--local', ...args])
  expect(said).toMatchObject({ code: 2, out: '', err: expect.stringMatching(sentence) })
  expect((await imps('group list --local')).out).toBe('There are no groups.\n')
})

test('group list has the groups of the service, and with --owner those of a user', async () => {
  for (const name of ['wv:/lobby', 'wv:/chess']) await imps(`group create ${name} --local`)
  await makeParty(await phoneOf('ann'))
  const namesOf = async (command: string) => (await imps(command)).out.split('\n').map((line) => line.split(' ')[0])
  expect(await namesOf('group list --local')).toEqual(['GROUP', 'wv:/chess', 'wv:/lobby', ''])
  expect(await namesOf('group list --owner ann --local')).toEqual(['GROUP', 'wv:ann/party', ''])
  expect((await imps('group list --owner bob --local --json')).json).toEqual({ groups: [] })
  expect((await imps('group list --owner zoe --local')).code).toBe(1)
})

test('group show tells who is a member, joined and rejected, of a group of a user as well', async () => {
  const [ann, bob] = [await phoneOf('ann'), await phoneOf('bob')]
  await makeParty(ann, { ScreenName: { SName: 'Queen', GroupID: 'wv:ann/party' } })
  await ann.request('AddGroupMembers-Request', { GroupID: 'wv:ann/party', UserIDList: { UserID: 'wv:bob' } })
  await addCheapAccount(stack.village, 'cy', 'pw')
  await ann.request('RejectList-Request', { GroupID: 'wv:ann/party', AddList: { UserID: 'wv:cy' } })
  expect(await show('wv:ann/party')).toEqual({
    group: expect.objectContaining({ owner: 'ann', properties: expect.objectContaining({ Name: 'Party' }) }),
    members: [
      { user: 'ann', access: 'Admin' },
      { user: 'bob', access: 'Member' },
    ],
    joined: [{ user: 'ann', screenName: 'Queen', session: ann.sessionId!.slice(0, 6), since: expect.any(String) }],
    rejected: ['cy'],
  })
  const { out } = await imps('group show Ann/Party --local')
  expect(out).toMatch(
    /^Name +Party\n(.*\n)*rejected +cy\n\nMEMBER +ACCESS\nann +Admin\nbob +Member\n\nJOINED .*\nann +Queen /m,
  )
  expect(out).not.toContain(ann.sessionId!)
  // Who is not live is not joined, and a member whose account is gone means nothing, whoever has the name next.
  await imps('account remove bob --local')
  await addCheapAccount(stack.village, 'bob', 'pw')
  await ann.request('Logout-Request')
  expect(await show('wv:ann/party')).toMatchObject({ members: [{ user: 'ann' }], joined: [] })
  expect(bob.sessionId).toBeDefined()
})

test.each(['show', 'delete', 'member'])('group %s of one that is not there', async (command) => {
  const rest = command === 'member' ? 'ann --access Mod ' : ''
  expect(await imps(`group ${command} wv:/nowhere ${rest}--local`)).toMatchObject({
    code: 1,
    out: '',
    err: 'There is no group wv:/nowhere.\n',
  })
})

test('group member says what a user is in a group: Admin, Mod, Member, none', async () => {
  await imps('group create wv:/lobby --local --property Accesstype=Restricted')
  const ann = await phoneOf('ann')
  expect((await join(ann)).code).toBe(803)
  const said = await imps('group member wv:/lobby Ann --access member --local')
  expect(said).toMatchObject({ code: 0, out: 'ann is Member.\n', err: '' })
  expect((await join(ann)).name).toBe('JoinGroup-Response')
  const members = async () => (await show()).members
  for (const access of ['Mod', 'Admin', 'Admin', 'Member']) {
    expect((await imps(`group member wv:/lobby ann --access ${access} --local --json`)).json).toEqual({
      group: lobby,
      user: 'ann',
      access,
    })
    expect(await members()).toEqual([{ user: 'ann', access }])
    const mayChange = await ann.request('GetGroupMembers-Request', { GroupID: lobby })
    expect(mayChange.code).toBe(access === 'Member' ? 816 : undefined)
  }
  // In a restricted group whoever is no member any more is put out.
  expect((await imps('group member wv:/lobby ann --access none --local')).out).toBe('ann is no member any more.\n')
  expect(await ann.poll()).toMatchObject({ name: 'LeaveGroup-Response', code: 810 })
  expect(await show()).toMatchObject({ members: [], joined: [] })
  expect(await imps('group member wv:/lobby ann --access none --local')).toMatchObject({
    code: 1,
    err: 'ann is no member of wv:/lobby.\n',
  })
})

test('group member tells the user what has become of his privileges', async () => {
  await imps('group create wv:/lobby --local')
  const ann = await phoneOf('ann')
  await imps('group member wv:/lobby ann --access Member --local')
  await join(ann, lobby, { SubscribeNotification: true })
  await imps('group member wv:/lobby ann --access Mod --local')
  const told = await ann.poll()
  expect(told.name).toBe('GroupChangeNotice')
  expect(told.text).toMatch(/PrivilegeLevel<\/Name><Value>Mod</)
})

test('What the operator does is notified in 1.3, to who has made the group as well', async () => {
  const [ann, bob] = [await phoneOf('ann'), await phoneOf('bob')]
  await makeParty(ann, { JoinGroup: false })
  const NotificationTypeList = { NotificationType: ['GR', 'GMU', 'GMG', 'GMAU', 'GMR'] }
  for (const phone of [ann, bob])
    expect((await phone.request('SubscribeNotification-Request', { NotificationTypeList })).code).toBe(200)
  const typesTold = async (phone: HttpPhone) => {
    const types: string[] = []
    let told = await phone.poll()
    while (told.name === 'Notification-Request') {
      types.push(told.primitive!.find('NotificationType')!.text!)
      told = await phone.acknowledge(told.transactionId!)
    }
    return types
  }
  for (const [access, type] of [
    ['Member', 'GMG'],
    ['Mod', 'GMAU'],
    ['none', 'GMR'],
  ]) {
    await imps(`group member ann/party bob --access ${access} --local`)
    expect([await typesTold(ann), await typesTold(bob)]).toEqual([['GMU'], [type]])
  }
  await imps('group delete ann/party --local')
  expect([await typesTold(ann), await typesTold(bob)]).toEqual([['GR'], []])
})

test('group member in a group of a user: who has made it stays its Admin', async () => {
  await makeParty(await phoneOf('ann'))
  for (const access of ['Mod', 'Member', 'none'])
    expect(await imps(`group member ann/party ann --access ${access} --local`)).toMatchObject({
      code: 1,
      err: 'ann has made the group, and stays its Admin.\n',
    })
  expect((await imps('group member ann/party ann --access Admin --local')).code).toBe(0)
  await imps('group member ann/party bob --access Mod --local')
  expect((await show('ann/party')).members).toEqual([
    { user: 'ann', access: 'Admin' },
    { user: 'bob', access: 'Mod' },
  ])
})

test.each([
  ['group member wv:/lobby ann --local', 2, /--access.*Admin, Mod, Member or none/],
  ['group member wv:/lobby ann --access King --local', 2, /--access.*Admin, Mod, Member or none/],
  ['group member wv:/lobby ann --access constructor --local', 2, /--access/],
  ['group member wv:/lobby zoe --access Mod --local', 1, /no account zoe/],
  ['group member wv:/lobby a/b --access Mod --local', 2, /no user's name/],
  ['group member wv:/lobby --access Mod --local', 2, /missing/],
])('"%s" is refused', async (command, code, sentence) => {
  await imps('group create wv:/lobby --local')
  expect(await imps(command)).toMatchObject({ code, out: '', err: expect.stringMatching(sentence) })
  expect((await show()).members).toEqual([])
})

test.each([lobby, 'wv:ann/party'])('group delete removes %s, and tells who is joined', async (group) => {
  const [ann, bob] = [await phoneOf('ann'), await phoneOf('bob')]
  await imps('group create wv:/lobby --local')
  await makeParty(ann, { JoinGroup: false })
  for (const phone of [ann, bob]) await join(phone, group)
  expect((await imps(`group delete ${group} --local`)).out).toBe(`${group} was removed.\n`)
  for (const phone of [ann, bob]) {
    const told = await phone.poll()
    expect(told).toMatchObject({ name: 'LeaveGroup-Response', code: 800 })
    expect((await phone.acknowledge(told.transactionId!)).name).toBe('nothing')
    expect((await join(phone, group)).code).toBe(800)
  }
  expect((await imps(`group show ${group} --local`)).code).toBe(1)
  const owner = group === lobby ? '' : ' --owner ann'
  expect((await imps(`group list${owner} --local --json`)).json).toEqual({ groups: [] })
  // The name is free again, for a group that has nothing of the old one.
  if (group === lobby) expect((await imps('group create wv:/lobby --local')).code).toBe(0)
})

test('group delete goes on where one before was broken off', async () => {
  await imps('group create wv:/lobby --local')
  const { groups } = stack.village.store
  await groups.beginDeleting((await groups.read('/lobby'))!, stack.village.now())
  expect((await show()).group.beingRemoved).toBe(true)
  expect((await imps('group member wv:/lobby ann --access Mod --local')).err).toMatch(/being removed/)
  expect((await imps('group delete wv:/lobby --local')).code).toBe(0)
  expect(await groups.read('/lobby')).toBeUndefined()
})

test('account export holds the groups of the user, what was said of groups, where it is joined, and invitations', async () => {
  const [ann, bob] = [await phoneOf('ann'), await phoneOf('bob')]
  const SName = 'Queen'
  const own = [
    { Name: 'AutoJoin', Value: 'T' },
    { Name: 'ShowID', Value: 'T' },
  ]
  await makeParty(ann, { ScreenName: { SName, GroupID: 'wv:ann/party' }, OwnProperties: { Property: own } })
  await ann.request('AddGroupMembers-Request', { GroupID: 'wv:ann/party', UserIDList: { UserID: 'wv:bob' } })
  await ann.request('Invite-Request', {
    InviteID: 'one',
    InviteType: 'GR',
    Recipient: { User: { UserID: 'wv:bob' } },
    GroupID: 'wv:ann/party',
  })
  const { out, json } = await imps('account export --local --json')
  const [ofAnn, ofBob] = json.accounts
  expect(ofAnn).toMatchObject({
    groups: [
      {
        group: 'wv:ann/party',
        properties: { Name: 'Party' },
        members: [
          { user: 'ann', access: 'Admin' },
          { user: 'bob', access: 'Member' },
        ],
        rejected: [],
      },
    ],
    saidOfGroups: [{ group: 'wv:ann/party', autoJoin: true, showID: true, privateMessaging: true, screenName: SName }],
    hasInvited: [{ id: 'one', users: ['bob'] }],
    invitedBy: [],
    sessions: [{ joined: ['wv:ann/party'] }],
  })
  expect(ofBob).toMatchObject({
    groups: [],
    saidOfGroups: [],
    hasInvited: [],
    invitedBy: [{ user: 'ann', type: 'GR', group: 'wv:ann/party', outcome: null }],
    sessions: [{ joined: [] }],
  })
  for (const phone of [ann, bob]) expect(out).not.toContain(phone.sessionId!)
  const { made } = await stack.village.store.invitations.all(
    (await stack.village.store.accounts.read('ann'))!.accountId,
  )
  expect(out).not.toContain(made[0]!.secret)
})
