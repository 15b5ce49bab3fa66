import { type Bill, createMeter, type Units } from '../support/meter.ts'
import { Phone } from '../support/phone.ts'
import { addCheapAccount, createTestVillage, type TestVillage } from '../support/village.ts'

export interface Priced {
  readonly transaction: string
  readonly budget: Units
  readonly bill: Bill
}

/** Reads, writes, index writes. */
export type Budget = readonly [number, number, number]

/** A village over a table that counts, and what was priced in it. */
export function createShop() {
  const { table, measure } = createMeter()
  const village = createTestVillage({ table })
  const priced: Priced[] = []
  const price = async (transaction: string, [reads, writes, indexWrites]: Budget, act: () => Promise<unknown>) =>
    priced.push({ transaction, budget: { reads, writes, indexWrites }, bill: await measure(act) })
  return { village, priced, price }
}

/** A phone that has logged in and agreed on everything. */
export async function settle(village: TestVillage, user: string): Promise<Phone> {
  await addCheapAccount(village, user, 'pw')
  const phone = new Phone(village, { user })
  await phone.login()
  await phone.request('ClientCapability-Request', { CapabilityList: { ClientType: 'MOBILE_PHONE', ServerPollMin: 30 } })
  await phone.request('Service-Request', { Functions: { WVCSPFeat: '' } })
  return phone
}

/** Names of so many users. */
export const names = (many: number) => Array.from({ length: many }, (_, number) => `friend${number}`)
