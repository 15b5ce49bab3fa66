import type { Command } from '../command.ts'
import { accountAdd } from './accountAdd.ts'
import { accountDisable } from './accountDisable.ts'
import { accountEnable } from './accountEnable.ts'
import { accountExport } from './accountExport.ts'
import { accountList } from './accountList.ts'
import { accountPasswd } from './accountPasswd.ts'
import { accountProfile } from './accountProfile.ts'
import { accountRemove } from './accountRemove.ts'
import { accountShow } from './accountShow.ts'
import { accountUnseal } from './accountUnseal.ts'
import { doctor } from './doctor.ts'
import { groupCreate } from './groupCreate.ts'
import { groupDelete } from './groupDelete.ts'
import { groupList } from './groupList.ts'
import { groupMember } from './groupMember.ts'
import { groupShow } from './groupShow.ts'
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
  accountProfile,
  accountRemove,
  accountExport,
  accountUnseal,
  sessionList,
  sessionShow,
  sessionDisconnect,
  groupCreate,
  groupList,
  groupShow,
  groupMember,
  groupDelete,
  systemMessage,
  systemAnswers,
  doctor,
]
