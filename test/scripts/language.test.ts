import { Agent, createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Asked, readAnswer } from '../support/dialogueAnswer.ts'
import { exchange, type HttpAnswer } from '../support/dialogueHttp.ts'
import { textMatches } from '../support/dialogueMatch.ts'
import { type Dynalite, startDynalite } from '../support/dynalite.ts'
import { parseScript, runDialogue } from '../support/script.ts'
import { evaluate } from '../support/scriptValues.ts'

const parse = (...lines: string[]) => parseScript(`${lines.join('\n')}\n`, 'example.csp')

describe('the language of the scripts', () => {
  test.each([
    ['a sentence that it does not know', ['== x', 'phone shouts Login-Request'], 2],
    ['a word that says nothing of how', ['== x', 'phone sends Polling-Request in $session loudly'], 2],
    ['a word that says nothing of an answer', ['== x', 'server answers Status 604 gladly'], 2],
    ['tabs', ['== x', 'phone sends Login-Request', '\tUserID ann'], 3],
    ['odd indentation', ['== x', 'phone sends Login-Request', '   UserID ann'], 3],
    ['indentation that is too deep', ['== x', 'phone sends Login-Request', '    UserID ann'], 3],
    ['lines below a sentence that has none', ['== x', 'after 3 s', '  UserID ann'], 2],
    ['an element with text and elements', ['== x', 'phone sends Login-Request', '  ClientID a', '    URL b'], 3],
    ['a name that is none of an element', ['== x', 'phone sends Login-Request', '  User:ID ann'], 3],
    ['a code in two places', ['== x', 'server answers Status 604', '  ClientID/URL a'], 2],
    ['versions that do not exist', ['versions 1.4', '== x', 'after 1 s'], 1],
    ['a dialogue in which nothing happens', ['== x', '== y', 'after 1 s'], 1],
    ['a script without a title', ['after 1 s'], 1],
    ['several transactions that are none', ['== x', 'phone sends several'], 2],
    ['a phrase that stands for itself', ['to dance', '  dance', '== x', 'dance'], 4],
    ['lines below a phrase that has no place for them', ['to wait', '  after 1 s', '== x', 'wait', '  Result 200'], 4],
  ])('refuses %s, naming the line', (_, lines, number) => {
    expect(() => parse(...lines)).toThrow(`example.csp:${number}: `)
  })

  test('a dialogue runs in each version, with the lines of that version, in XML, and in WBXML in turn', () => {
    const dialogues = parse(
      'versions 1.1 1.3',
      'to wait <n> s',
      '  after <n> s',
      '== x',
      '1.1: after 1 s',
      'in 1.2 1.3',
      '  wait 2 s',
      '  after 3 s',
      '2 times',
      '  after 4 s',
      '== y',
      'after 5 s',
    )
    const runs = dialogues.map(({ version, encoding, steps }) => [
      version,
      encoding,
      ...steps.map((one) => one.line.text),
    ])
    expect(runs).toEqual([
      ['1.1', 'XML', 'after 1 s', 'after 4 s', 'after 4 s'],
      ['1.1', 'WBXML', 'after 1 s', 'after 4 s', 'after 4 s'],
      ['1.3', 'XML', 'after 2 s', 'after 3 s', 'after 4 s', 'after 4 s'],
      ['1.1', 'XML', 'after 5 s'],
      ['1.3', 'XML', 'after 5 s'],
      ['1.3', 'WBXML', 'after 5 s'],
    ])
  })

  test.each([
    'phone posts 3 bytes',
    'phone posts the bytes 0310',
    'phone sends Polling-Request typed "text/xml"',
    'phone sends Polling-Request written in WBXML',
    'phone writes "WV12PO0"',
  ])('a dialogue that says itself what is on the wire does so once: %s', (line) => {
    const dialogues = parse('versions 1.2', '== x', 'after 1 s', line)
    expect(dialogues.map(({ encoding }) => encoding)).toEqual(['XML'])
  })
})

test('a phrase takes the lines below its call, and elements as well may be phrases', () => {
  const [dialogue] = parse(
    'versions 1.2',
    'to hear <code>, and',
    '  server answers Status',
    '    the result <code>',
    '    <below>',
    'to the result <code>',
    '  1.1: ClientID/URL old',
    '  1.2: Result <code>',
    '== x',
    'hear 200, and',
    '  ClientID/URL phone-1',
  )
  const told = dialogue!.steps.map(({ line }) => [line.text, line.children.map(({ text }) => text)])
  expect(told).toEqual([['server answers Status', ['Result 200', 'ClientID/URL phone-1']]])
})

test('quotes keep white space, and hold what cannot stand in a line', () => {
  expect(evaluate(String.raw`" a\nb\t\r c\d "`, new Map())).toBe(' a\nb\t\r c\\d ')
  expect(evaluate(String.raw`a\nb`, new Map())).toBe(String.raw`a\nb`)
})

describe('plain text', () => {
  const values = () => new Map([['session', 'a.b']])

  test.each([
    ['WV12PO0 SI=$session', 'WV12PO0 SI=a.b'],
    ['WV12ST7 SI=$session ST=(531,$why)', 'WV12ST7 SI=a.b ST=(531,"Unknown ""user""")'],
    ['WV12RL1 $a $a', 'WV12RL1 x x'],
    ['WV12RL1 ...', 'WV12RL1 SI=x ST=200'],
  ])('%s fits %s', (template, text) => {
    expect(textMatches(template, text, values())).toBe(true)
  })

  test.each([
    ['WV12PO0 SI=$session', 'WV12PO0 SI=axb'],
    ['WV12PO0 SI=$session', 'WV12PO0 SI=a.b KA=1'],
    ['WV12PO0', ' WV12PO0'],
    ['SI=$a', 'SI=a b'],
    ['WV12RL1 $a $a', 'WV12RL1 x y'],
    ['(WV12|.*)', 'WV12'],
  ])('%s does not fit %s', (template, text) => {
    expect(textMatches(template, text, values())).toBe(false)
  })

  test('is captured where a name stands for nothing yet', () => {
    const known = values()
    textMatches('WV12RL1 SI=$new ST=(200,$why)', 'WV12RL1 SI=x1 ST=(200,"All, well")', known)
    expect(known).toEqual(
      new Map([
        ['session', 'a.b'],
        ['new', 'x1'],
        ['why', '"All, well"'],
      ]),
    )
  })
})

describe('a dialogue', () => {
  let dynalite: Dynalite
  beforeAll(async () => {
    dynalite = await startDynalite()
  })
  afterAll(() => dynalite.stop())

  const run = (...lines: string[]) => runDialogue(dynalite, parse('versions 1.2', '== x', ...lines)[0]!)
  const login = [
    'account ann secret-of-ann',
    'phone sends Login-Request',
    '  UserID wv:ann',
    '  ClientID/URL phone-1',
    '  Password secret-of-ann',
    '  TimeToLive 120',
  ]
  const granted = [
    'server answers Login-Response',
    '  ClientID/URL phone-1',
    '  Result 200',
    '  SessionID $session',
    '  KeepAliveTime 120',
    '  CapabilityRequest T',
  ]

  test('that is as its script says passes', async () => {
    await run(...login, ...granted, 'phone sends Polling-Request in $session', 'server answers nothing')
    await run(...login, 'server answers Login-Response with or without Poll', ...granted.slice(1))
  })

  test.each([
    ['another value', granted.with(4, '  KeepAliveTime 121'), /KeepAliveTime 121\n +found +.*KeepAliveTime 120/],
    ['another code', granted.with(2, '  Result 409'), /Code 409\n +found +.*Code 200/],
    ['an element more', granted.slice(0, -1), /nothing more in Login-Response\n +found +Login-Response\/Capab/],
    ['an element less', [...granted, '  Functions ...'], /Login-Response\/Functions\n +found +nothing more/],
    ['another order', granted.with(3, granted[4]!).with(4, granted[3]!), /KeepAliveTime\n +found +.*SessionID/],
    ['a text that is to be none', granted.with(4, '  KeepAliveTime'), /without text\n +found +.*120/],
    ['another primitive', ['server answers Status 200'], /expected +Status\n +found +Login-Response/],
    ['nothing', ['server answers nothing'], /expected +nothing\n +found +Login-Response/],
    ['a refusal', ['server refuses 400'], /expected +HTTP 400\n +found +HTTP 200/],
    ['the Poll flag', ['server answers Login-Response with Poll', ...granted.slice(1)], /Poll T.*\n +found +Poll F/],
    ['a server transaction', ['server sends Login-Response', ...granted.slice(1)], /mode Request\n +found +mode Resp/],
    ['several', ['server answers several', '  Login-Response ...', '  Status 200'], /2 transactions.*\n +found +1 tr/],
    ['another SessionDescriptor', ['server answers Login-Response in abc', ...granted.slice(1)], /expected +Inband/],
    ['another TransactionID', ['server answers Login-Response with id 9', ...granted.slice(1)], /TransactionID 9\n/],
    ['another version', ['server answers Login-Response speaking 1.3', ...granted.slice(1)], /content type|namespace/],
  ])('fails for %s, printing itself up to there', async (_, lines, message) => {
    const failure = await run(...login, ...lines).catch((error: Error) => error)
    expect(failure).toBeInstanceOf(Error)
    expect((failure as Error).message).toMatch(message)
    // What was said, where the script stands, and what was found.
    expect((failure as Error).message).toMatch(/Login-Request\n +UserID wv:ann/)
    expect((failure as Error).message).toMatch(/example\.csp:\d+ in 1\.2: /)
  })

  test('compares what it has captured', async () => {
    const again = ['phone repeats it', ...granted]
    await expect(run(...login, ...granted, ...again)).rejects.toThrow(/\(\$session\)\n +found +.*SessionID/)
  })

  test('repeats what the client itself has sent last', async () => {
    const others = ['other sends Polling-Request in $session', 'server answers nothing']
    await run(...login, ...granted, ...others, 'other repeats it', 'server answers nothing')
    const again = [
      'phone repeats it',
      'server answers Login-Response',
      '  ClientID/URL phone-1',
      '  Result 200',
      '  ...',
    ]
    await run(...login, ...granted, ...others, ...again)
    await expect(run(...login, ...granted, 'other repeats it')).rejects.toThrow('other has sent nothing')
  })

  test('must look at every answer, and at none twice', async () => {
    await expect(run(...login)).rejects.toThrow('without a look at the last answer')
    await expect(run(...login, 'phone repeats it')).rejects.toThrow('has not looked at the answer before')
    await expect(run(...login, ...granted, 'server answers nothing')).rejects.toThrow('no new answer')
  })

  test('names a value that stands for nothing yet', async () => {
    await expect(run('phone sends Polling-Request in $session')).rejects.toThrow('$session stands for nothing yet')
  })

  test('fails for a setting that does not exist', async () => {
    await expect(run('setting IMPS_NOTHING 1')).rejects.toThrow('IMPS_NOTHING')
  })
})

describe('every answer', () => {
  const asked: Asked = {
    version: '1.2',
    contentType: 'application/vnd.wv.csp.xml',
    transactions: [{ mode: 'Request', id: '7' }],
  }
  const good =
    '<?xml version="1.0" encoding="UTF-8"?><WV-CSP-Message xmlns="http://www.openmobilealliance.org/DTD/WV-CSP1.2"><Session>' +
    '<SessionDescriptor><SessionType>Inband</SessionType><SessionID>abc</SessionID></SessionDescriptor><Transaction>' +
    '<TransactionDescriptor><TransactionMode>Response</TransactionMode><TransactionID>7</TransactionID></TransactionDescriptor>' +
    '<TransactionContent xmlns="http://www.openmobilealliance.org/DTD/WV-TRC1.2"><Status><Result><Code>200</Code>' +
    '<Description>a > b</Description></Result></Status></TransactionContent></Transaction><Poll>F</Poll></Session></WV-CSP-Message>'
  const http = (xml: string, more: Partial<HttpAnswer> = {}): HttpAnswer => ({
    status: 200,
    headers: { 'content-type': 'application/vnd.wv.csp.xml', 'content-length': String(Buffer.byteLength(xml)) },
    body: Buffer.from(xml),
    ...more,
  })

  test('that is as it should be passes', () => {
    expect(readAnswer(http(good), asked)).toMatchObject({ sessionId: 'abc', poll: false })
    expect(readAnswer(http(''), asked).isEmpty).toBe(true)
  })

  test.each([
    ['no XML declaration', good.replace(/^<\?xml.*?\?>/, '')],
    ['white space between elements', good.replace('<Session>', '\n<Session>')],
    ['white space at the end', `${good}\n`],
    ['a comment', good.replace('<Session>', '<!-- x --><Session>')],
    ['CDATA', good.replace('a > b', '<![CDATA[a]]>')],
    ['a prefix', good.replace('<Poll>F</Poll>', '<v:Poll>F</v:Poll>')],
    ['an attribute', good.replace('<Status>', '<Status a="1">')],
    ['> escaped', good.replace('a > b', 'a &gt; b')],
    ['" escaped', good.replace('a > b', '&quot;a&quot;')],
    ['another version', good.replaceAll('1.2', '1.3')],
    ['a namespace where none is due', good.replace('<Status>', '<Status xmlns="urn:x">')],
    ['no namespace where one is due', good.replace(/<TransactionContent[^>]*>/, '<TransactionContent>')],
    ['an element out of order', good.replace(/(<Code>.*<\/Code>)(<Description>.*<\/Description>)/, '$2$1')],
    ['a mandatory element missing', good.replace(/<Code>.*<\/Code>/, '')],
    ['an element twice', good.replace(/(<Code>.*<\/Code>)/, '$1$1')],
    ['an element that the version has not', good.replace('</Result>', '<TryAgainTimeout>1</TryAgainTimeout></Result>')],
    ['another TransactionID', good.replace('>7<', '>8<')],
    ['no Poll flag', good.replace('<Poll>F</Poll>', '')],
    ['a Poll flag that is none', good.replace('<Poll>F<', '<Poll>false<')],
    ['two primitives in one transaction', good.replace('</Status>', '</Status><Status/>')],
    ['crossed tags', good.replace('</Result></Status>', '</Status></Result>')],
  ])('is refused for %s', (_, xml) => {
    expect(() => readAnswer(http(xml), asked)).toThrow()
  })

  test('is refused for another status, another type and another length', () => {
    const { headers } = http(good)
    expect(() => readAnswer(http(good, { status: 500 }), asked)).toThrow('500')
    expect(() => readAnswer(http(good, { headers: { ...headers, 'content-type': 'text/html' } }), asked)).toThrow(
      'type',
    )
    expect(() => readAnswer(http(good, { headers: { ...headers, 'content-length': '5' } }), asked)).toThrow('Length')
  })

  test('is refused when it comes in chunks', async () => {
    const server: Server = createServer((request, response) => {
      request.resume()
      response.setHeader('content-type', 'application/vnd.wv.csp.xml')
      response.write(good.slice(0, 100))
      response.end(good.slice(100))
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const answer = await exchange(url, new Agent(), { method: 'POST', path: '/', headers: {}, body: Buffer.from('x') })
    server.close()
    expect(() => readAnswer(answer, asked)).toThrow('chunked')
  })
})
