import { describe, expect, test } from 'vitest'
import { type ContentTree, element } from '../../src/csp/element.ts'
import type { SessionMessage } from '../../src/csp/message.ts'
import { decodePts } from '../../src/csp/pts/decode.ts'
import { encodePts } from '../../src/csp/pts/encode.ts'

const decoded = (text: string) => decodePts(Buffer.from(text)) as SessionMessage
const encoded = (message: SessionMessage) => Buffer.from(encodePts(message)).toString('utf8')
const primitiveOf = (text: string) => decoded(text).transactions[0]!.primitive

const presence = (attributes: ContentTree) => ({ UserID: 'wv:bob@im.com', PresenceSubList: attributes })

/** Lines as they are written, and what they say: each is read and written. */
const lines: readonly (readonly [line: string, name: string, content?: ContentTree])[] = [
  // The examples of the reference.
  ['WV12PO0 SI=abc123', 'Polling-Request'],
  ['WV12GL5 SI=abc123', 'GetList-Request'],
  [
    'WV12LG5 SI=abc123 CL=(wv:john/friends@im.com,wv:john/work@im.com) DC=wv:john/friends@im.com',
    'GetList-Response',
    { ContactList: ['wv:john/friends@im.com', 'wv:john/work@im.com'], DefaultContactList: 'wv:john/friends@im.com' },
  ],
  ['WV12ST7 SI=abc123 ST=(531,"Unknown user")', 'Status', { Result: { Code: 531, Description: 'Unknown user' } }],

  [
    'WV11LR1 UI=wv:ann@im.com CI=phone PW="a ""b""" TL=3600 SC=cookie',
    'Login-Request',
    {
      ...{ UserID: 'wv:ann@im.com', ClientID: { URL: 'phone' }, Password: 'a "b"', TimeToLive: 3600 },
      SessionCookie: 'cookie',
    },
  ],
  [
    'WV12LR1 UI=ann CI=(phone,+358401) SH=(SHA,MD5) SC=cookie',
    'Login-Request',
    {
      UserID: 'ann',
      ClientID: { URL: 'phone', MSISDN: '+358401' },
      DigestSchema: ['SHA', 'MD5'],
      SessionCookie: 'cookie',
    },
  ],
  [
    'WV12LR1 UI=ann CI=(,+358401) DB="YWJj=" SC=cookie',
    'Login-Request',
    { UserID: 'ann', ClientID: { MSISDN: '+358401' }, DigestBytes: 'YWJj=', SessionCookie: 'cookie' },
  ],
  [
    'WV13LR1 UI=ann RF=(WV) CA=((CT,MP),(SB,HTTP))',
    'Login-Request',
    {
      ...{ UserID: 'ann', Functions: { WVCSPFeat: '' } },
      CapabilityList: { ClientType: 'MOBILE_PHONE', SupportedBearer: 'HTTP' },
    },
  ],
  [
    'WV12RL1 SI=new CI=phone ST=(200,Successful) KA=3600 CR=T',
    'Login-Response',
    {
      ...{ ClientID: { URL: 'phone' }, Result: { Code: 200, Description: 'Successful' }, SessionID: 'new' },
      ...{ KeepAliveTime: 3600, CapabilityRequest: 'T' },
    },
  ],
  [
    'WV12RL1 CI=phone ST=401 NO=1f2e DI=MD5 CR=F',
    'Login-Response',
    {
      ...{ ClientID: { URL: 'phone' }, Result: { Code: 401 }, Nonce: '1f2e', DigestSchema: 'MD5' },
      CapabilityRequest: 'F',
    },
  ],
  [
    'WV12CP2 SI=s CA=((CT,PD),(ID,P),(SB,HTTP),(SB,WSP),(MT,1),(PS,4096),(SC,ST),(SC,SHTTP),(UP,3717),(PM,30),(DL,eng))',
    'ClientCapability-Request',
    {
      CapabilityList: {
        ...{ ClientType: 'PDA', InitialDeliveryMethod: 'P', SupportedBearer: ['HTTP', 'WSP'], MultiTrans: 1 },
        ...{ ParserSize: 4096, SupportedCIRMethod: ['STCP', 'SHTTP'], UDPPort: 3717, ServerPollMin: 30 },
        DefaultLanguage: 'eng',
      },
    },
  ],
  [
    'WV11PC2 SI=s CI=phone AP=((SC,SS),(SC,SU),(SC,WS),(SC,WU),(TA,cir.im.com),(TP,3171))',
    'ClientCapability-Response',
    {
      ClientID: { URL: 'phone' },
      CapabilityList: {
        SupportedCIRMethod: ['SSMS', 'SUDP', 'WAPSMS', 'WAPUDP'],
        ...{ TCPAddress: 'cir.im.com', TCPPort: 3171 },
      },
    },
  ],
  [
    'WV12PC2 SI=s AP=((SC,SHTTP),(CI,"http://im.com/cir?s=1"))',
    'ClientCapability-Response',
    { AgreedCapabilityList: { SupportedCIRMethod: 'SHTTP', CIRURL: { URL: 'http://im.com/cir?s=1' } } },
  ],
  [
    'WV13PC2 SI=s AP=((CI,http://im.com/cir),(SC,SHTTP))',
    'ClientCapability-Response',
    { AgreedCapabilityList: { CIRHTTPAddress: { URL: 'http://im.com/cir' }, SupportedCIRMethod: 'SHTTP' } },
  ],
  [
    'WV12SQ3 SI=s RF=(FF,PF,IF,GE) AR=T',
    'Service-Request',
    {
      Functions: { WVCSPFeat: { FundamentalFeat: '', PresenceFeat: '', IMFeat: '', GroupFeat: '' } },
      AllFunctionsRequest: 'T',
    },
  ],
  ['WV11SQ3 SI=s CI=phone RF=(WV)', 'Service-Request', { ClientID: { URL: 'phone' }, Functions: { WVCSPFeat: '' } }],
  [
    'WV12QS3 SI=s NF=(GE) AF=(FF,PF)',
    'Service-Response',
    {
      Functions: { WVCSPFeat: { GroupFeat: '' } },
      AllFunctions: { WVCSPFeat: { FundamentalFeat: '', PresenceFeat: '' } },
    },
  ],
  ['WV12OR4 SI=s', 'Logout-Request'],
  ['WV11DI4 SI=s ST=601', 'Disconnect', { Result: { Code: 601 } }],
  ['WV12KA5 SI=s TL=600', 'KeepAlive-Request', { TimeToLive: 600 }],
  ['WV12AK5 SI=s ST=200 KA=600', 'KeepAlive-Response', { Result: { Code: 200 }, KeepAliveTime: 600 }],
  [
    'WV13LG6 SI=s CL=a/x DC=a/y',
    'GetList-Response',
    { ContactListIDList: { ContactList: 'a/x' }, DefaultContactList: 'a/y' },
  ],
  [
    'WV12CL7 SI=s CL=ann/x UN=(("Bob, jr.",bob),(,carl)) CP=((DN,"My friends"),(DE,T))',
    'CreateList-Request',
    {
      ContactList: 'ann/x',
      NickList: {
        NickName: [
          { Name: 'Bob, jr.', UserID: 'bob' },
          { Name: '', UserID: 'carl' },
        ],
      },
      ContactListProperties: {
        Property: [
          { Name: 'DisplayName', Value: 'My friends' },
          { Name: 'Default', Value: 'T' },
        ],
      },
    },
  ],
  ['WV12DL7 SI=s CL=ann/x', 'DeleteList-Request', { ContactList: 'ann/x' }],
  [
    'WV12LM8 SI=s CL=ann/x AN=((Bob,bob)) RL=T',
    'ListManage-Request',
    { ContactList: 'ann/x', AddNickList: { NickName: { Name: 'Bob', UserID: 'bob' } }, ReceiveList: 'T' },
  ],
  [
    'WV12LM8 SI=s CL=ann/x RN=(bob,carl) CP=((colour,red)) RL=F',
    'ListManage-Request',
    {
      ...{ ContactList: 'ann/x', RemoveNickList: { UserID: ['bob', 'carl'] } },
      ContactListProperties: { Property: { Name: 'colour', Value: 'red' } },
      ReceiveList: 'F',
    },
  ],
  [
    'WV12ML8 SI=s ST=200 UN=((Bob,bob)) CP=((DN,))',
    'ListManage-Response',
    {
      ...{ Result: { Code: 200 }, NickList: { NickName: { Name: 'Bob', UserID: 'bob' } } },
      ContactListProperties: { Property: { Name: 'DisplayName', Value: '' } },
    },
  ],
  [
    'WV12GP9 SI=s UI=(bob,carl) PS=OS',
    'GetPresence-Request',
    { User: [{ UserID: 'bob' }, { UserID: 'carl' }], PresenceSubList: { OnlineStatus: '' } },
  ],
  ['WV13GP9 SI=s UI=bob', 'GetPresence-Request', { UserIDList: { UserID: 'bob' } }],
  [
    'WV12PG9 SI=s ST=200 PR=(wv:bob@im.com,((OS,T,T),(UA,T,NA)))',
    'GetPresence-Response',
    {
      Result: { Code: 200 },
      Presence: presence({
        OnlineStatus: { Qualifier: 'T', PresenceValue: 'T' },
        UserAvailability: { Qualifier: 'T', PresenceValue: 'NOT_AVAILABLE' },
      }),
    },
  ],
  [
    'WV12SB10 SI=s CL=(ann/x,ann/y) PS=(OS,CF,UA,ST,SC) AS=T',
    'SubscribePresence-Request',
    {
      ContactList: ['ann/x', 'ann/y'],
      PresenceSubList: { OnlineStatus: '', ClientInfo: '', UserAvailability: '', StatusText: '', StatusContent: '' },
      AutoSubscribe: 'T',
    },
  ],
  [
    'WV12PN11 SI=s PR=((wv:bob@im.com,((OS,F,),(ST,T,))),(wv:carl@im.com))',
    'PresenceNotification-Request',
    {
      Presence: [
        presence({ OnlineStatus: { Qualifier: 'F' }, StatusText: { Qualifier: 'T', PresenceValue: '' } }),
        { UserID: 'wv:carl@im.com' },
      ],
    },
  ],
  [
    'WV12UP12 SI=s UV=((UA,DI))',
    'UpdatePresence-Request',
    { PresenceSubList: { UserAvailability: { PresenceValue: 'DISCREET' } } },
  ],
  [
    'WV12UP12 SI=s UV=((CF,T,((CT,CO),(CP,x),(CV,1.0))),(SC,T,((RC,http://im.com/a.png),(CY,image/png))))',
    'UpdatePresence-Request',
    {
      PresenceSubList: {
        ClientInfo: { Qualifier: 'T', ClientType: 'COMPUTER', ClientProducer: 'x', ClientVersion: '1.0' },
        StatusContent: { Qualifier: 'T', ReferredContent: 'http://im.com/a.png', ContentType: 'image/png' },
      },
    },
  ],
  ['WV12GB13 SI=s', 'GetBlockedList-Request'],
  [
    'WV12CA14 SI=s PS=() UI=bob DL=F',
    'CreateAttributeList-Request',
    { PresenceSubList: '', UserID: 'bob', DefaultList: 'F' },
  ],
  [
    'WV13CA14 SI=s PS=OS UI=(bob,carl) CL=ann/x DL=T',
    'CreateAttributeList-Request',
    {
      PresenceSubList: { OnlineStatus: '' },
      ...{ UserIDList: { UserID: ['bob', 'carl'] }, ContactListIDList: { ContactList: 'ann/x' }, DefaultList: 'T' },
    },
  ],
]

describe('a line', () => {
  test.each(lines.map(([line, name, content = {}]) => [line, name, content] as const))(
    '%s is read',
    (line, name, content) => {
      expect(primitiveOf(line)).toEqual(element(name, content))
    },
  )

  test.each(lines.map(([line]) => line))('%s is written', (line) => {
    expect(encoded(decoded(line))).toBe(line)
  })

  test.each([
    ['LR', 'Request'],
    ['KA', 'Request'],
    ['PO', 'Request'],
    ['PN', 'Request'],
    ['DI', 'Request'],
    ['RL', 'Response'],
    ['ST', 'Response'],
    ['PG', 'Response'],
  ])('with %s is a %s', (code, mode) => {
    expect(decoded(`WV12${code}1`).transactions[0]!.mode).toBe(mode)
  })
})

/** Other ways to write what is read the same. */
const alike: readonly (readonly [why: string, line: string, as: string])[] = [
  ['letters may be small', 'wv12gp9 si=s ui=bob ps=(os,ua)', 'WV12GP9 SI=s UI=bob PS=(OS,UA)'],
  ['there may be more white space', ' WV12GP9  SI=s\tUI=( bob , carl )  ', 'WV12GP9 SI=s UI=(bob,carl)'],
  ['parameters stand in any order', 'WV12KA5 TL=600 SI=s', 'WV12KA5 SI=s TL=600'],
  ['of two with one code the first counts', 'WV12KA5 SI=s TL=600 TL=700', 'WV12KA5 SI=s TL=600'],
  ['what is not known is let pass', 'WV12KA5 SI=s ZZ=((1,2),"3") TL=600', 'WV12KA5 SI=s TL=600'],
  ['a code without a value is let pass', 'WV12KA5 SI=s TL', 'WV12KA5 SI=s'],
  ['an empty value is none', 'WV12KA5 SI=s TL=', 'WV12KA5 SI=s'],
  ['an empty quoted one too', 'WV12GP9 SI=s UI="" PS=""', 'WV12GP9 SI=s'],
  ['special characters may lack quotes', 'WV12LR1 UI=ann DB=YWJj== PW=a,b)c', 'WV12LR1 UI=ann PW="a,b)c" DB="YWJj=="'],
  ['one may be a group', 'WV12KA5 SI=s TL=(600)', 'WV12KA5 SI=s TL=600'],
  ['a single capability lacks parentheses', 'WV12CP2 SI=s CA=(SB,HTTP)', 'WV12CP2 SI=s CA=((SB,HTTP))'],
  ['a capability has several values', 'WV12CP2 SI=s CA=((SC,(ST,su)),(XX,1))', 'WV12CP2 SI=s CA=((SC,ST),(SC,SU))'],
  ['no capabilities', 'WV12CP2 SI=s CA=', 'WV12CP2 SI=s'],
  ['a single feature', 'WV12SQ3 SI=s RF=pf', 'WV12SQ3 SI=s RF=(PF)'],
  ['a feature beside one not known', 'WV12SQ3 SI=s RF=(XX,IF)', 'WV12SQ3 SI=s RF=(IF)'],
  ['features not known ask for nothing', 'WV12SQ3 SI=s RF=(XX,YY)', 'WV12SQ3 SI=s'],
  ['a single contact lacks parentheses', 'WV12LM8 SI=s CL=x AN=(Bob,bob)', 'WV12LM8 SI=s CL=x AN=((Bob,bob))'],
  ['contacts without nicknames', 'WV12LM8 SI=s CL=x AN=((bob),(,carl))', 'WV12LM8 SI=s CL=x AN=((,bob),(,carl))'],
  ['an empty list of contacts', 'WV12LM8 SI=s CL=x AN=()', 'WV12LM8 SI=s CL=x'],
  ['removed contacts as pairs', 'WV12LM8 SI=s CL=x RN=((,bob),(Carl,carl))', 'WV12LM8 SI=s CL=x RN=(bob,carl)'],
  ['attributes asked for with their parts', 'WV12GP9 SI=s PS=(CF,(CT,CP))', 'WV12GP9 SI=s PS=CF'],
  ['one of them among others', 'WV12GP9 SI=s PS=(OS,(CF,(CT,CP)))', 'WV12GP9 SI=s PS=(OS,CF)'],
  ['attributes not known', 'WV12GP9 SI=s PS=(OS,XX)', 'WV12GP9 SI=s PS=OS'],
  [
    'values not known to attributes',
    'WV12UP1 SI=s UV=((XX,T,1),(UA,T,av),(CF,T,((XX,1))))',
    'WV12UP1 SI=s UV=((CF),(UA,T,AV))',
  ],
  ['a single value', 'WV12UP1 SI=s UV=(ST,T,hello)', 'WV12UP1 SI=s UV=((ST,T,hello))'],
  ['a single part', 'WV12UP1 SI=s UV=((CF,T,(CP,x)))', 'WV12UP1 SI=s UV=((CF,T,((CP,x))))'],
  ['a qualifier that is empty', 'WV12UP1 SI=s UV=((ST,,hello))', 'WV12UP1 SI=s UV=((ST,hello))'],
  ['parentheses around a presence', 'WV12PN1 SI=s PR=((bob,((OS,T,T))))', 'WV12PN1 SI=s PR=(bob,((OS,T,T)))'],
  [
    'parentheses around attributes',
    'WV12PN1 SI=s PR=(bob,(((OS,T,T),(UA,T,AV))))',
    'WV12PN1 SI=s PR=(bob,((OS,T,T),(UA,T,AV)))',
  ],
  ['a presence without attributes', 'WV12PN1 SI=s PR=(bob,())', 'WV12PN1 SI=s PR=(bob)'],
  ['a presence of nobody', 'WV12PN1 SI=s PR=((,((OS,T,T))),(bob))', 'WV12PN1 SI=s PR=(bob)'],
]

describe('on receipt', () => {
  test.each(alike)('%s: %s', (_, line, as) => {
    expect(encoded(decoded(line))).toBe(as)
  })
})

const written = (name: string, content: ContentTree, version: SessionMessage['version'] = '1.3') =>
  encoded({
    kind: 'session',
    version,
    session: { type: 'Outband' },
    transactions: [{ mode: 'Response', id: '1', primitive: element(name, content) }],
  })

describe('what plain text cannot tell', () => {
  test('of a Result is its details', () => {
    const Result = { Code: 201, DetailedResult: { Code: 531, UserID: 'bob' } }
    expect(written('Status', { Result })).toBe('WV13ST1 ST=201')
  })

  test('of functions is what they are in a feature that is named in part', () => {
    const WVCSPFeat = { FundamentalFeat: { SearchFunc: '' }, GroupFeat: '' }
    expect(written('Service-Response', { Functions: { WVCSPFeat }, AllFunctions: { WVCSPFeat } })).toBe(
      'WV13QS1 NF=(GE) AF=(FF,GE)',
    )
    expect(written('Service-Response', { Functions: { WVCSPFeat: { IMFeat: { IMAuthFunc: '' } } } })).toBe('WV13QS1')
  })

  test('of capabilities are those without a code', () => {
    const CapabilityList = { AcceptedContentType: 'text/plain', ServerPollMin: 30 }
    expect(written('ClientCapability-Response', { CapabilityList }, '1.1')).toBe('WV11PC1 AP=((PM,30))')
  })

  test('of presence are attributes without a code, and whose they are', () => {
    const Presence = presence({
      OnlineStatus: [
        { Qualifier: 'T', PresenceValue: 'T', ClientID: { URL: 'phone' } },
        { Qualifier: 'T', PresenceValue: 'F', ClientID: { URL: 'desk' } },
      ],
      ClientInfo: { Qualifier: 'T', Model: 'x' },
      Alias: { Qualifier: 'T', PresenceValue: 'Bob' },
      StatusContent: { Qualifier: 'T', DirectContent: 'YWJj', ContentType: 'image/png' },
    })
    expect(written('PresenceNotification-Request', { Presence })).toBe('WV13PN1 PR=(wv:bob@im.com,((OS,T,T),(OS,T,F)))')
    const untold = presence({ Alias: { Qualifier: 'T', PresenceValue: 'Bob' } })
    expect(written('PresenceNotification-Request', { Presence: untold })).toBe('WV13PN1 PR=(wv:bob@im.com)')
  })

  test('of a contact is whether it has no nickname or an empty one', () => {
    const NickList = { NickName: { Name: 'Bob', UserID: 'bob' }, UserID: 'carl' }
    expect(written('ListManage-Response', { Result: { Code: 200 }, NickList })).toBe(
      'WV13ML1 ST=200 UN=((Bob,bob),(,carl))',
    )
  })

  test('of a ClientID is whether it is text: the same client is named', () => {
    expect(written('Status', { Result: { Code: 200 }, ClientID: 'phone' })).toBe('WV13ST1 ST=200 CI=phone')
  })
})
