import type { Command } from '../command.ts'
import { accountAdd } from './accountAdd.ts'
import { accountDisable } from './accountDisable.ts'
import { accountEnable } from './accountEnable.ts'
import { accountExport } from './accountExport.ts'
import { accountList } from './accountList.ts'
import { accountPasswd } from './accountPasswd.ts'
import { accountRemove } from './accountRemove.ts'
import { accountShow } from './accountShow.ts'
import { accountUnseal } from './accountUnseal.ts'
import { doctor } from './doctor.ts'
import { sessionDisconnect } from './sessionDisconnect.ts'
import { sessionList } from './sessionList.ts'
import { sessionShow } from './sessionShow.ts'
import { systemAnswers } from './systemAnswers.ts'
import { systemMessage } from './systemMessage.ts'

/** Every command, in the order of the help. */
export const commands: readonly Command[] = [
  accountAdd,
  accountList,
  accountShow,
  accountPasswd,
  accountDisable,
  accountEnable,
  accountRemove,
  accountExport,
  accountUnseal,
  sessionList,
  sessionShow,
  sessionDisconnect,
  systemMessage,
  systemAnswers,
  doctor,
]
