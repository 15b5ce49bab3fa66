import { mkdtemp, rm } from 'node:fs/promises'
import { Agent, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startStack } from '../local/stack.ts'
import { rounds, spread, written } from './measure.ts'

const silent = { info: () => {}, warn: () => {}, error: () => {}, metric: () => {} }

/** The local stack over real sockets, eight clients at a time: HTTP, service and embedded database in this one process. */
export async function benchLocalFront(): Promise<string[][]> {
  const folder = await mkdtemp(join(tmpdir(), 'village-bench-'))
  const stack = await startStack({ IMPS_DATA_DIR: folder, IMPS_PORT: '0', IMPS_DYNAMODB_PORT: '0' }, { log: silent })
  const agent = new Agent({ keepAlive: true })
  try {
    const [account] = stack.demoAccounts
    const post = (body: string) => exchange(agent, stack.url, body)
    const login = envelope(
      undefined,
      '<Login-Request>' +
        `<UserID>wv:${account!.name}</UserID><ClientID><URL>p</URL></ClientID><Password>${account!.password}</Password>` +
        '<SessionCookie>c</SessionCookie></Login-Request>',
    )
    const rates: [string, number[]][] = [
      // More at a time of one user get in each other's way, and some a 503.
      ['login with password, two at a time', (await rounds(3, 16, 2, () => post(login))).map((one) => one.perSecond)],
    ]
    const session = /<SessionID>(.*?)<\/SessionID>/.exec(await post(login))![1]!
    const poll = envelope(session, '<Polling-Request/>')
    rates.push(['idle poll', (await rounds(5, 1000, 8, () => post(poll))).map((one) => one.perSecond)])
    const keepAlive = envelope(session, '<KeepAlive-Request/>')
    rates.push(['KeepAlive', (await rounds(5, 500, 8, () => post(keepAlive))).map((one) => one.perSecond)])
    const trip = roundTrip(post, session, account!.name)
    rates.push([
      'message sent, polled, acknowledged; one at a time',
      (await rounds(5, 100, 1, trip)).map((one) => one.perSecond),
    ])
    return rates.map(([name, values]) => [name, written(spread(values))])
  } finally {
    agent.destroy()
    await stack.stop()
    await rm(folder, { recursive: true, force: true })
  }
}

/** A message of a user to itself, there and back: three requests, each with a TransactionID of its own. */
const roundTrip = (post: (body: string) => Promise<string>, session: string, user: string) => {
  let sent = 0
  const message =
    `<SendMessage-Request><DeliveryReport>F</DeliveryReport><MessageInfo><Recipient><User><UserID>wv:${user}</UserID></User></Recipient>` +
    '</MessageInfo><ContentData>Hello, how are you?</ContentData></SendMessage-Request>'
  return async () => {
    await post(envelope(session, message, { id: String(++sent) }))
    const got = await post(envelope(session, '<Polling-Request/>'))
    const id = /<TransactionID>(\d+)</.exec(got)![1]!
    await post(envelope(session, '<Status><Result><Code>200</Code></Result></Status>', { id, mode: 'Response' }))
  }
}

const envelope = (session: string | undefined, primitive: string, { id = '1', mode = 'Request' } = {}) =>
  '<WV-CSP-Message xmlns="http://www.openmobilealliance.org/DTD/WV-CSP1.2"><Session><SessionDescriptor>' +
  (session
    ? `<SessionType>Inband</SessionType><SessionID>${session}</SessionID>`
    : '<SessionType>Outband</SessionType>') +
  `</SessionDescriptor><Transaction><TransactionDescriptor><TransactionMode>${mode}</TransactionMode><TransactionID>${id}</TransactionID>` +
  `</TransactionDescriptor><TransactionContent xmlns="http://www.openmobilealliance.org/DTD/WV-TRC1.2">${primitive}</TransactionContent></Transaction></Session></WV-CSP-Message>`

function exchange(agent: Agent, url: string, body: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers = { 'Content-Type': 'application/vnd.wv.csp.xml', 'Content-Length': Buffer.byteLength(body) }
    const sent = request(url, { method: 'POST', agent, headers }, (response) => {
      const parts: Buffer[] = []
      response.on('data', (part: Buffer) => parts.push(part))
      response.on('end', () => {
        const text = Buffer.concat(parts).toString('utf8')
        if (response.statusCode === 200 && !/<Code>[4-9]/.test(text)) resolve(text)
        else reject(new Error(`The service answered ${response.statusCode}: ${text}`))
      })
    })
    sent.on('error', reject)
    sent.end(body)
  })
}
