import type { Item } from './table.ts'

/** Attributes of every item that are the store's own business. */
const storeFields = new Set(['pk', 'sk', 'schemaVersion', 'writeId', 'sweepShard', 'sweepAt'])

/** An item without what is the store's own. */
export const toRecord = <Record>(item: Item): Record =>
  Object.fromEntries(Object.entries(item).filter(([name]) => !storeFields.has(name))) as Record
