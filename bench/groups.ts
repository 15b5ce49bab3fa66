import { createMemoryTable } from '../test/support/memoryTable.ts'
import { Phone } from '../test/support/phone.ts'
import { addCheapAccount, createTestVillage, type TestVillage } from '../test/support/village.ts'
import { rounds, spread, written } from './measure.ts'

const GroupID = 'wv:user0/party'

/** A group with so many sessions joined. @returns the one that speaks */
async function crowd(village: TestVillage, many: number): Promise<Phone> {
  const phones: Phone[] = []
  for (let number = 0; number < many; number++) {
    const user = `user${number}`
    await addCheapAccount(village, user, 'pw')
    const phone = new Phone(village, { user, client: user })
    await phone.login({ timeToLive: 7200 })
    if (number === 0) await phone.request('CreateGroup-Request', { GroupID, JoinGroup: true })
    else await phone.request('JoinGroup-Request', { GroupID })
    phones.push(phone)
  }
  return phones[0]!
}

/** What it takes to say something in a group: one entry in its log, and a bell for everybody else. */
export async function benchGroups(): Promise<string[][]> {
  const rows: string[][] = []
  for (const many of [2, 20, 200]) {
    const village = createTestVillage({ table: createMemoryTable() })
    const phone = await crowd(village, many)
    const content = { MessageInfo: { Recipient: { Group: { GroupID } } }, ContentData: 'Hello, how are you?' }
    const say = async () => {
      const { code } = await phone.request('SendMessage-Request', content)
      if (code !== 200) throw new Error(`The message was answered with ${code}`)
    }
    const found = await rounds(5, Math.ceil(400 / many), 1, say)
    rows.push([
      `message to a group, ${many} joined`,
      written(spread(found.map((one) => one.perSecond))),
      written(spread(found.map((one) => one.cpu))),
    ])
  }
  return rows
}
