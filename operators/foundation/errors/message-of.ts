/** The message of any thrown value. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The first line of a thrown value's message, cut to 160 characters for a one-line log entry. */
export function firstLine(error: unknown): string {
  const message = messageOf(error);
  return (message.split('\n')[0] ?? '').slice(0, 160).trim();
}
