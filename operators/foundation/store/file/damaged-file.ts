/** Why a file can't be used as it is; the message is a phrase such as `it is cut short`. */
export class DamagedFile extends Error {}
