import type { Clause, Condition, Item, Value } from '../../../src/store/table.ts'
import { ValidationException } from './validation.ts'
import { checkedNumber, compareText, typeOf, type ValueMap } from './values.ts'

/** @throws ValidationException when DynamoDB would not even look at the item */
export function checkCondition(condition: Condition): void {
  for (const clause of condition) {
    if ('anyOf' in clause) {
      checkChoice(clause.anyOf)
      clause.anyOf.forEach(checkCondition)
    } else if ('is' in clause) checkComparison(clause)
  }
}

/** As `expressions.ts` writes it down: parentheses around every alternative and around all of them. */
function checkChoice(anyOf: readonly Condition[]): void {
  if (anyOf.length === 0 || anyOf.some((one) => one.length === 0)) {
    throw new ValidationException('Invalid ConditionExpression: Syntax error; token: ")"')
  }
  if (anyOf.length === 1 || anyOf.some((one) => one.length === 1 && 'anyOf' in one[0]!)) {
    throw new ValidationException('Invalid ConditionExpression: The expression has redundant parentheses;')
  }
}

function checkComparison({ is, value }: Extract<Clause, { is: unknown }>): void {
  if (typeof value === 'number') checkedNumber(value)
  else if (typeof value === 'boolean' && is !== '=' && is !== '<>') {
    throw new ValidationException(
      `Invalid ConditionExpression: Incorrect operand type for operator or function; operator: ${is}, operand type: BOOL`,
    )
  } else if (value === undefined) throw new ValidationException(`A comparison of ${is} with nothing`)
}

/** Whether the item, or its absence, is as the condition wants it. */
export function holds(item: Item | undefined, condition: Condition): boolean {
  return condition.every((clause) => {
    if ('anyOf' in clause) return clause.anyOf.some((one) => holds(item, one))
    const found = item && valueAt(item, clause.attribute)
    if ('exists' in clause) return (found !== undefined) === clause.exists
    return compares(found, clause)
  })
}

/** `<>` is the one comparison that holds for a missing attribute and for one of another type. */
function compares(found: Value | undefined, { is, value }: Extract<Clause, { is: unknown }>): boolean {
  const comparable = found !== undefined && typeOf(found) === typeOf(value)
  if (is === '<>') return !comparable || found !== value
  if (!comparable) return false
  if (is === '=') return found === value
  const order = typeof found === 'string' ? compareText(found, value as string) : (found as number) - (value as number)
  if (is === '<') return order < 0
  if (is === '<=') return order <= 0
  if (is === '>') return order > 0
  return order >= 0
}

/** The value at a path; dots go into maps. Lists have no names in them. */
export function valueAt(item: Item, path: string): Value | undefined {
  if (!path.includes('.')) return member(item, path)
  let value: Value | undefined = item
  for (const name of path.split('.')) {
    if (value === undefined || typeOf(value) !== 'M') return undefined
    value = member(value as ValueMap, name)
  }
  return value
}

export const member = (map: ValueMap, name: string): Value | undefined =>
  Object.hasOwn(map, name) ? map[name] : undefined
