import { type GroupDelivery, groupDeliveryIn } from './groupDelivery.ts'
import type { Item } from './table.ts'

/** The cold part of a snapshot. Groups to join again have their place here. */
export interface ColdPart {
  /** Agreed capabilities in full: values by element name. */
  readonly capabilities?: Readonly<Record<string, readonly string[]>>
  /** How the messages of groups are to come, where that was said. */
  readonly groupDelivery: readonly GroupDelivery[]
}

/** The cold part of a cold item. */
export const toCold = (item: Item): ColdPart => ({
  capabilities: item.capabilities as ColdPart['capabilities'],
  groupDelivery: groupDeliveryIn(item),
})
