export const noFaults: any = {}
export const someFaults: any = {}
