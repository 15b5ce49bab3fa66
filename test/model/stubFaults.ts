export type FaultRates = any
export const createFaults = ({ table }: any): any => ({ invocation: () => table, injected: 0 })
export type Faults = any
