export function removeDamagedCopies(_path: string): void {}
