import type { Change, Item, Key, Value } from '../../../src/store/table.ts'
import { member, valueAt } from './conditions.ts'
import { ValidationException } from './validation.ts'
import { checkedNumber, copyIn, typeOf, type ValueMap } from './values.ts'

/** @throws ValidationException for what DynamoDB refuses without a look at the item: keys, and paths that overlap */
export function checkChange({ set = {}, sum = {}, ifMissing = {}, remove = [] }: Change): void {
  const paths = [...Object.keys(set), ...Object.keys(sum), ...Object.keys(ifMissing), ...remove]
  for (const path of paths) {
    if (isKey(path) || path.startsWith('pk.') || path.startsWith('sk.')) {
      throw new ValidationException(`Cannot update attribute ${path}. This attribute is part of the key`)
    }
  }
  const nested = paths.some((path) => path.includes('.'))
  if (new Set(paths).size < paths.length || (nested && paths.some((path) => isWithinAnother(path, paths)))) {
    throw new ValidationException(
      `Invalid UpdateExpression: Two document paths overlap with each other; among ${paths.join(', ')}`,
    )
  }
}

const isKey = (name: string) => name === 'pk' || name === 'sk'

const isWithinAnother = (path: string, paths: readonly string[]) => paths.some((other) => path.startsWith(`${other}.`))

/**
 * The item as it is after a change. `before` is not touched, and shares with the result what the change leaves alone.
 *
 * @throws ValidationException when a sum has nothing to add to, or a path leads through what is no map
 */
export function changed(
  key: Key,
  before: Item | undefined,
  { set = {}, sum = {}, ifMissing = {}, remove = [] }: Change,
): Item {
  const original = before ?? ({ pk: key.pk, sk: key.sk } as Item)
  const after: Record<string, Value> = { ...original }
  for (const path in sum) assign(after, path, added(original, sum[path]!.attribute, sum[path]!.plus))
  for (const path in set) assign(after, path, set[path] === undefined ? undefined : copyIn(set[path]))
  for (const path in ifMissing) {
    if (valueAt(original, path) === undefined) assign(after, path, copyIn(ifMissing[path]!))
  }
  for (const path of remove) assign(after, path, undefined)
  return after as Item
}

/** All right-hand sides see the item as it was before the change. */
function added(item: Item, path: string, plus: number): number {
  const value = valueAt(item, path)
  if (value === undefined) {
    throw new ValidationException('The provided expression refers to an attribute that does not exist in the item')
  }
  if (typeof value !== 'number') {
    throw new ValidationException('An operand in the update expression has an incorrect data type')
  }
  // DynamoDB adds decimally, this does not: rather refuse than differ.
  if (!Number.isInteger(value) || !Number.isInteger(plus)) {
    throw new TypeError(`The table in memory adds whole numbers only, not ${value} and ${plus}`)
  }
  return checkedNumber(value + plus)
}

/** Sets or, with undefined, removes. Maps on the way are copied, for an older version of the item may hold them too. */
function assign(item: Record<string, Value>, path: string, value: Value | undefined): void {
  const names = path.split('.')
  const last = names.pop()!
  let parent = item
  for (const name of names) {
    const map = member(parent, name)
    if (map === undefined || typeOf(map) !== 'M') {
      throw new ValidationException('The document path provided in the update expression is invalid for update')
    }
    const copy = { ...(map as ValueMap) }
    parent[name] = copy
    parent = copy
  }
  if (value === undefined) delete parent[last]
  else parent[last] = value
}
