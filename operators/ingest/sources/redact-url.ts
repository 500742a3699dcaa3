/** A URL as it may be logged: with `***` in place of its password. */
export function withoutPassword(url: string): string {
  return url.replace(/^([a-z]+:\/\/[^/:@]*):[^/]*@/i, '$1:***@');
}
