import { SettingError } from '../src/settings.ts'
import { greeting } from './greeting.ts'
import { type Stack, startStack } from './stack.ts'
import { StackError } from './stackError.ts'

/** Milliseconds in which a signal that comes again is the same key press: npm passes on what its child has got as well. */
const samePress = 1000

try {
  const stack = await startStack(process.env)
  console.log(greeting(stack).join('\n'))
  stopOnSignals(stack)
} catch (error) {
  // What the operator can put right is said in a sentence; anything else is a defect and shows where it was.
  console.error(error instanceof SettingError || error instanceof StackError ? error.message : error)
  process.exit(1)
}

/** The first signal stops the stack in order, a further one at once. */
function stopOnSignals(stack: Stack): void {
  let first: { signal: NodeJS.Signals; at: number } | undefined
  const onSignal = (signal: NodeJS.Signals) => {
    if (!first) {
      first = { signal, at: Date.now() }
      console.log('Stopping …')
      stack.stop().then(
        () => process.exit(0),
        (error) => {
          console.error(error)
          process.exit(1)
        },
      )
    } else if (signal !== first.signal || Date.now() - first.at > samePress) process.exit(130)
  }
  process.on('SIGINT', onSignal)
  process.on('SIGTERM', onSignal)
}
