import type { Item, Key, Table } from '../../src/store/table.ts'

/** A table on which something happens just before the n-th call of a kind. */
export function justBefore(
  table: Table,
  is: (call: keyof Table, key: Key | { pk: string; from?: string }, item?: Item) => boolean,
  act: () => Promise<unknown>,
  nth = 1,
): Table {
  let left = nth
  const perhaps = async (call: keyof Table, key: Key | { pk: string; from?: string }, item?: Item) => {
    if (is(call, key, item) && --left === 0) await act()
  }
  return {
    ...table,
    async get(key, consistent) {
      await perhaps('get', key)
      return table.get(key, consistent)
    },
    async query(range) {
      await perhaps('query', range)
      return table.query(range)
    },
    async put(item, condition) {
      await perhaps('put', item, item)
      return table.put(item, condition)
    },
    async update(key, change, condition) {
      await perhaps('update', key)
      return table.update(key, change, condition)
    },
    async delete(key, condition) {
      await perhaps('delete', key)
      return table.delete(key, condition)
    },
  }
}
