import { defineScripts } from './run.ts'

defineScripts(1)
