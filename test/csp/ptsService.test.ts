import { beforeAll, describe, expect, test } from 'vitest'
import { serve } from '../../src/service.ts'
import { createMemoryTable } from '../support/memoryTable.ts'
import { Phone } from '../support/phone.ts'
import { addCheapAccount, createTestVillage } from '../support/village.ts'

const village = createTestVillage({ table: createMemoryTable() })
beforeAll(async () => {
  await addCheapAccount(village, 'ann', 'pw')
  await addCheapAccount(village, 'bob', 'pw')
})

/** What the service says to a line, in plain text. */
async function said(line: string): Promise<string> {
  const answer = await serve(village, {
    method: 'POST',
    contentType: 'application/vnd.wv.csp.sms',
    body: Buffer.from(line),
    source: '192.0.2.1',
    bearer: 'HTTP',
  })
  expect(answer.status).toBe(200)
  expect(answer.contentType).toBe('application/vnd.wv.csp.sms')
  return Buffer.from(answer.body).toString('utf8')
}

const sessionIn = (text: string) => / SI=(\S+)/.exec(text)?.[1] ?? ''

async function login(user: string): Promise<string> {
  return sessionIn(await said(`WV12LR1 UI=wv:${user} CI=${user}-phone PW=pw TL=3600 SC=cookie`))
}

describe('a whole life in plain text', () => {
  test('goes from login to logout', async () => {
    const granted = await said('WV12LR1 UI=wv:ann CI=phone PW=pw TL=3600 SC=cookie')
    expect(granted).toMatch(/^WV12RL1 SI=[\w-]+ CI=phone ST=\(200,Successful\) KA=3600 CR=T$/)
    const session = sessionIn(granted)
    expect(await said(`WV12CP2 SI=${session} CA=((CT,MP),(SB,HTTP),(MT,1),(PM,30))`)).toMatch(
      /^WV12PC2 SI=\S+ AP=\(\(SB,HTTP\),\(PM,\d+\)\)$/,
    )
    expect(await said(`WV12SQ3 SI=${session} RF=(FF,PF) AR=T`)).toMatch(/^WV12QS3 SI=\S+ .*AF=\(FF,PF,IF,GE\)$/)
    expect(await said(`WV12KA4 SI=${session} TL=1800`)).toBe(`WV12AK4 SI=${session} ST=(200,Successful) KA=1800`)
    expect(await said(`WV12CL5 SI=${session} CL=wv:ann/friends UN=((Bob,wv:bob)) CP=((DN,"My friends"))`)).toBe(
      `WV12ST5 SI=${session} ST=(200,Successful)`,
    )
    expect(await said(`WV12GL6 SI=${session}`)).toMatch(/^WV12LG6 SI=\S+ DC=wv:ann\/friends\S*$/)
    expect(await said(`WV12LM7 SI=${session} CL=wv:ann/friends RL=T`)).toMatch(
      /^WV12ML7 SI=\S+ ST=\(200,Successful\) UN=\(\(Bob,wv:bob\)\) CP=\(\(DN,"My friends"\),\(DE,T\)\)$/,
    )
    expect(await said(`WV12UP8 SI=${session} UV=((UA,T,DI),(ST,T,"at work"))`)).toMatch(/^WV12ST8 .*ST=\(200,/)
    expect(await said(`WV12GP9 SI=${session} UI=wv:ann PS=(UA,ST)`)).toMatch(
      /^WV12PG9 SI=\S+ ST=\(200,Successful\) PR=\(wv:ann,\(\(UA,T,DI\),\(ST,T,"at work"\)\)\)$/,
    )
    expect(await said(`WV12PO0 SI=${session}`)).toBe('')
    expect(await said(`WV12OR10 SI=${session}`)).toBe(`WV12ST10 SI=${session} ST=(200,Successful)`)
    expect(await said(`WV12GL11 SI=${session}`)).toBe(`WV12ST11 SI=${session} ST=(604,"Invalid session")`)
  })

  test('hears of presence, and acknowledges it', async () => {
    const [ann, bob] = [await login('ann'), await login('bob')]
    await said(`WV12CA1 SI=${bob} PS=(OS,UA) UI=wv:ann DL=F`)
    expect(await said(`WV12SB2 SI=${ann} UI=wv:bob PS=UA AS=F`)).toMatch(/^WV12ST2 .*ST=\(200,/)
    await said(`WV12UP2 SI=${bob} UV=((UA,T,AV))`)
    const news = await said(`WV12PO0 SI=${ann}`)
    expect(news).toMatch(/^WV12PN\d+ SI=\S+ PR=\(wv:bob,\(\(UA,T,AV\)\)\)$/)
    const [, id] = /^WV12PN(\d+)/.exec(news)!
    expect(await said(`WV12ST${id} SI=${ann} ST=200`)).toBe('')
    expect(await said(`WV12PO0 SI=${ann}`)).toBe('')
  })

  test('is taken up again by SI in the Login-Request, from XML too (R1, R3)', async () => {
    const xml = new Phone(village)
    await xml.login({ timeToLive: 3600 })
    const again = `WV12LR1 SI=${xml.sessionId} UI=wv:ann CI=other PW=pw SC=cookie`
    expect(await said(again)).toBe(`WV12RL1 SI=${xml.sessionId} CI=other ST=(200,Successful) KA=3600 CR=T`)
    expect(await said(again.replace('PW=pw', 'PW=wrong'))).toMatch(/^WV12RL1 CI=other ST=\(604,[^)]*\)$/)
  })

  test('is honest about what there are no codes for', async () => {
    const session = await login('ann')
    expect(await said(`WV12GB1 SI=${session}`)).toBe(`WV12ST1 SI=${session} ST=(501,"Not implemented")`)
    expect(await said(`WV12SM2 SI=${session} XY=hello`)).toBe(`WV12ST2 SI=${session} ST=(501,"Not implemented")`)
    expect(await said(`WV13CL3 SI=${session} CL=wv:ann/more`)).toBe(`WV13ST3 SI=${session} ST=(200,Successful)`)
    expect(await said(`WVXXGL4 SI=${session}`)).toBe(`WV13ST4 SI=${session} ST=(505,"Version not supported")`)
    expect(await said('WVXXLR5 UI=wv:ann PW=pw')).toBe('WV13RL5 ST=(505,"Version not supported")')
  })

  test('answers several lines each with its own', async () => {
    const session = await login('ann')
    expect(await said(`WV12KA1 SI=${session}\nWV12GB2 SI=${session}\n`)).toBe(
      `WV12AK1 SI=${session} ST=(200,Successful) KA=3600\nWV12ST2 SI=${session} ST=(501,"Not implemented")`,
    )
  })
})
