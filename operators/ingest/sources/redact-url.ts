/** The URL for logs and messages, with `***` in place of its password. */
export function redactUrl(url: string): string {
  return url.replace(/^([a-z]+:\/\/[^/:@]*):[^/]*@/i, '$1:***@');
}
