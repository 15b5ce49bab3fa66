import { SettingError } from '../src/settings.ts'
import { greeting } from './greeting.ts'
import { type Stack, startStack } from './stack.ts'
import { StackError } from './stackError.ts'

/** Milliseconds in which a signal that comes again is the same key press: npm passes on what its child has got as well. */
const samePress = 1000

const starting = startStack(process.env)
stopOnSignals(starting)
try {
  console.log(greeting(await starting).join('\n'))
} catch (error) {
  // What the operator can put right is said in a sentence; anything else is a defect and shows where it was.
  console.error(error instanceof SettingError || error instanceof StackError ? error.message : error)
  process.exit(1)
}

/** The first signal stops the stack in order, also one that is still starting; a further one ends it at once. */
function stopOnSignals(starting: Promise<Stack>): void {
  let first: { signal: NodeJS.Signals; at: number } | undefined
  const onSignal = (signal: NodeJS.Signals) => {
    if (!first) {
      first = { signal, at: Date.now() }
      stopInOrder(starting)
    } else if (signal !== first.signal || Date.now() - first.at > samePress) process.exit(130)
  }
  process.on('SIGINT', onSignal)
  process.on('SIGTERM', onSignal)
}

async function stopInOrder(starting: Promise<Stack>): Promise<void> {
  console.log('Stopping …')
  try {
    await (await starting).stop()
    process.exit(0)
  } catch (error) {
    console.error(error)
    process.exit(1)
  }
}
