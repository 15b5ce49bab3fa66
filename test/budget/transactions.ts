import { openServerTransaction } from '../../src/delivery/openServerTransaction.ts'
import { type Bill, createMeter, type Units } from '../support/meter.ts'
import { Phone } from '../support/phone.ts'
import { addCheapAccount, createTestVillage } from '../support/village.ts'

export interface Priced {
  readonly transaction: string
  readonly budget: Units
  readonly bill: Bill
}

/**
 * What clients do, with the request units that it may cost (the table of docs/architecture.md) and what it does cost.
 */
export async function priceAll(): Promise<Priced[]> {
  const { table, measure } = createMeter()
  const village = createTestVillage({ table })
  await addCheapAccount(village, 'ann', 'pw')
  const phone = new Phone(village)
  const priced: Priced[] = []
  const price = async (
    transaction: string,
    [reads, writes, indexWrites]: readonly [number, number, number],
    act: () => Promise<unknown>,
  ) => priced.push({ transaction, budget: { reads, writes, indexWrites }, bill: await measure(act) })
  const tell = async () => {
    const { session } = (await village.store.sessions.read(phone.sessionId!))!
    await openServerTransaction(village, session, 'SystemMessage', { id: 'm', text: 'hello', at: village.now() })
  }
  const logOut = async () => phone.request('Logout-Request')

  // Account and, to see that no other login has overtaken it, the claim.
  await price('login with password', [3, 3, 1], () => phone.login())
  await price('ClientCapability', [1.5, 2, 0], () =>
    phone.request('ClientCapability-Request', {
      CapabilityList: {
        ClientType: 'MOBILE_PHONE',
        ServerPollMin: 30,
        ParserSize: 32767,
        SupportedBearer: 'HTTP',
        AcceptedContentType: ['text/plain', 'image/png'],
      },
    }),
  )
  await price('Service', [0.5, 1, 0], () =>
    phone.request('Service-Request', { Functions: { WVCSPFeat: '' }, AllFunctionsRequest: true }),
  )
  await price('idle poll, touch fresh', [0.5, 0, 0], () => phone.poll())
  village.clock.advance(121_000)
  await price('idle poll, touch due', [0.5, 1, 0], () => phone.poll())
  await price('KeepAlive', [0.5, 1, 0], () => phone.request('KeepAlive-Request'))
  await price('KeepAlive with the same TimeToLive', [0.5, 1, 0], () =>
    phone.request('KeepAlive-Request', { TimeToLive: 600 }),
  )
  await price('GetSPInfo', [0.5, 0, 0], () => phone.request('GetSPInfo-Request'))
  await price('a server transaction opened', [1, 2, 0], tell)
  await price('poll that brings it', [1.5, 1, 0], () => phone.poll())
  await price('its acknowledgement', [0.5, 1, 0], () => phone.acknowledge('1'))
  await price('logout', [1.5, 2, 3], logOut)
  await price('poll of a session that is over', [1.5, 0, 0], () => phone.poll())
  await price('re-establishment after a logout', [4, 1, 1], () => phone.login({ sessionId: phone.sessionId }))
  village.clock.advance(1000)
  await price('re-establishment of a live session', [4, 1, 2], () => phone.login({ sessionId: phone.sessionId }))
  await price('re-establishment with a wrong password', [2, 1, 0], () =>
    phone.login({ sessionId: phone.sessionId, password: 'wrong' }),
  )
  await logOut()
  // The session that the client had before is looked at, before and after the claim.
  await price('login after a logout', [5, 3, 1], () => phone.login())
  await price('login in place of a live session', [5, 5, 4], () => phone.login())
  await logOut()
  await price('4-way login after a logout, both rounds', [7, 5, 1], () => phone.loginByDigest())
  return priced
}
