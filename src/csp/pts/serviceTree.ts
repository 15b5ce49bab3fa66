import { Element } from '../element.ts'
import { features } from '../services.ts'
import { codeTable } from './codeTable.ts'
import type { Form } from './forms.ts'
import { textsOf } from './value.ts'

const everything = 'WV'

const featureCodes = codeTable({ FF: 'FundamentalFeat', PF: 'PresenceFeat', IF: 'IMFeat', GE: 'GroupFeat' })

/**
 * Functions: a group of the codes of features, or `WV` for all there is. The source knows no deeper codes, so of a
 * feature that is named in part only can be told that it is there, or nothing.
 */
const functions = (name: string, isTold: (feature: Element) => boolean): Form => ({
  write: (primitive) => {
    const top = primitive.child(name)?.child('WVCSPFeat')
    if (!top) return undefined
    if (top.children.length === 0) return [everything]
    const told = features.filter((feature) => top.all(feature).some(isTold))
    return told.length > 0 ? told.map((feature) => featureCodes.codeOf(feature)!) : undefined
  },
  read: (value) => {
    const codes = textsOf(value)
    const found = codes.flatMap((code) => featureCodes.nameOf(code) ?? [])
    const isAll = codes.some((code) => code.toUpperCase() === everything)
    // Without children it would be all there is, which nobody said who named what is not known.
    if (!isAll && found.length === 0) return []
    return [new Element(name, [new Element('WVCSPFeat', isAll ? [] : found.map((feature) => new Element(feature)))])]
  },
})

const isWhole = (feature: Element) => feature.children.length === 0

/** In a request what is wanted, in the answer what of that there is not: features that are meant whole. */
export const wholeFeatures = functions('Functions', isWhole)

/** AllFunctions: features of which there is anything. */
export const allFunctions = functions('AllFunctions', () => true)
