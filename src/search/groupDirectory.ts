import type { Group } from '../groups/group.ts'
import type { Village } from '../village.ts'

export async function indexGroup(_village: Village, _group: Group): Promise<void> {}

export async function unindexGroup(_village: Village, _group: Group): Promise<void> {}
