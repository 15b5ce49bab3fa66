import type { Change, Condition, Value } from './table.ts'

/** The parts of a DynamoDB call that say what to compare and what to change. */
export interface Expressions {
  ConditionExpression?: string
  UpdateExpression?: string
  ExpressionAttributeNames?: Record<string, string>
  ExpressionAttributeValues?: Record<string, Value>
}

/** Collects names and values, so that no attribute name can be a reserved word and no value is ever part of the text. */
class Writer {
  readonly names: Record<string, string> = {}
  readonly values: Record<string, Value> = {}

  path(attribute: string): string {
    return attribute
      .split('.')
      .map((part) => {
        // By its code, so that `a-b` and `a_b` stay two names.
        const placeholder = `#${part.replace(/[^A-Za-z0-9]/gu, (character) => `_${character.codePointAt(0)}_`)}`
        this.names[placeholder] = part
        return placeholder
      })
      .join('.')
  }

  value(value: Value): string {
    const placeholder = `:v${Object.keys(this.values).length}`
    this.values[placeholder] = value
    return placeholder
  }

  condition(condition: Condition): string {
    return condition
      .map((clause) => {
        if ('anyOf' in clause) return `(${clause.anyOf.map((one) => `(${this.condition(one)})`).join(' OR ')})`
        if ('exists' in clause)
          return `attribute_${clause.exists ? 'exists' : 'not_exists'}(${this.path(clause.attribute)})`
        return `${this.path(clause.attribute)} ${clause.is} ${this.value(clause.value)}`
      })
      .join(' AND ')
  }

  change({ set = {}, sum = {}, ifMissing = {}, remove = [] }: Change): string {
    const assignments = [
      ...Object.entries(set).flatMap(([name, value]) =>
        value === undefined ? [] : `${this.path(name)} = ${this.value(value)}`,
      ),
      ...Object.entries(sum).map(
        ([name, { attribute, plus }]) => `${this.path(name)} = ${this.path(attribute)} + ${this.value(plus)}`,
      ),
      ...Object.entries(ifMissing).map(([name, value]) => {
        const path = this.path(name)
        return `${path} = if_not_exists(${path}, ${this.value(value)})`
      }),
    ]
    const removals = [...remove, ...Object.keys(set).filter((name) => set[name] === undefined)].map((name) =>
      this.path(name),
    )
    return [
      assignments.length > 0 && `SET ${assignments.join(', ')}`,
      removals.length > 0 && `REMOVE ${removals.join(', ')}`,
    ]
      .filter(Boolean)
      .join(' ')
  }
}

/** Turns a condition and a change into DynamoDB's expressions. A member of `set` that is undefined is removed. */
export function expressions(condition: Condition | undefined, change?: Change): Expressions {
  const writer = new Writer()
  const ConditionExpression = condition && condition.length > 0 ? writer.condition(condition) : undefined
  const UpdateExpression = change && writer.change(change)
  return {
    ...(ConditionExpression && { ConditionExpression }),
    ...(UpdateExpression && { UpdateExpression }),
    ...(Object.keys(writer.names).length > 0 && { ExpressionAttributeNames: writer.names }),
    ...(Object.keys(writer.values).length > 0 && { ExpressionAttributeValues: writer.values }),
  }
}
