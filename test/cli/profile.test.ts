import { afterAll, beforeEach, expect, test } from 'vitest'
import { HttpPhone, Stacks } from '../local/stacks.ts'
import { addCheapAccount } from '../support/village.ts'
import { operator } from './operator.ts'

const stacks = new Stacks()
const stack = await stacks.start()
const imps = operator({ IMPS_DATA_DIR: stack.folder.path })
afterAll(() => stacks.clear())

beforeEach(async () => {
  for await (const { user } of stack.village.store.accounts.all()) await imps(`account remove ${user} --local`)
  for (const user of ['ann', 'bob']) await addCheapAccount(stack.village, user, 'pw')
})

const found = async (SearchElement: string, SearchString: string) => {
  const ann = new HttpPhone(stack)
  await ann.login()
  const SearchPairList = { SearchElement, SearchString }
  return (await ann.request('Search-Request', { SearchPairList, SearchLimit: 5 })).text
}

test('account profile lets a user be found, at once, and no more when it says so', async () => {
  const said = await imps([
    ...'account profile bob --first-name Robert --email bob@mail.example --searchable on --local --last-name'.split(
      ' ',
    ),
    'van Smith',
    '--mobile',
    '+358 40 123-4567',
  ])
  expect(said).toMatchObject({ code: 0, err: '' })
  expect(said.out).toMatch(/^searchable +on\nfirstName +Robert\nlastName +van Smith\nemail +bob@mail.example\n/m)
  expect(await found('USER_MOBILE_NUMBER', '401234567')).toContain('wv:bob')
  await imps('account profile bob --searchable off --local')
  expect(await found('USER_MOBILE_NUMBER', '401234567')).not.toContain('wv:bob')
})

test('account profile shows what there is, changes only what is named, and takes away what is empty', async () => {
  const nothing = { name: 'bob', searchable: 'default', firstName: null, lastName: null, email: null, mobile: null }
  expect((await imps('account profile bob --local --json')).json).toEqual(nothing)
  await imps('account profile bob --first-name Robert --last-name Smith --searchable on --local')
  await imps(['account', 'profile', 'bob', '--first-name', '', '--searchable', 'default', '--local'])
  expect((await imps('account profile bob --local --json')).json).toEqual({ ...nothing, lastName: 'Smith' })
  expect((await imps('account show bob --local')).out).toMatch(/^lastName +Smith$/m)
  expect((await imps('account export bob --local')).json.accounts[0]).toMatchObject({
    directory: { lastName: 'Smith', searchable: 'default' },
    publicProfile: {},
  })
})

test.each([
  [['--email', 'none'], /--email.*ann@example.org/],
  [['--mobile', 'none'], /--mobile.*telephone/],
  [['--searchable', 'perhaps'], /--searchable.*on, off or default/],
  [['--first-name', 'x'.repeat(101)], /--first-name.*100/],
  [['--last-name', 'a\tb'], /--last-name/],
])('account profile refuses %s, and changes nothing', async (options, sentence) => {
  const said = await imps(['account', 'profile', 'bob', '--local', '--searchable', 'on', ...options])
  expect(said).toMatchObject({ code: 2, out: '', err: expect.stringMatching(sentence) })
  expect((await imps('account profile bob --local --json')).json.searchable).toBe('default')
})

test('account profile of one who is not there', async () => {
  expect((await imps('account profile zoe --searchable on --local')).code).toBe(1)
})
