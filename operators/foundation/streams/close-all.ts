/** Closes everything, also where some of it fails to close; rejects with the first failure then. */
export async function closeAll(
  open: readonly { readonly close: () => Promise<unknown> }[],
): Promise<void> {
  const closed = await Promise.allSettled(open.map(async (each) => each.close()));
  for (const result of closed) if (result.status === 'rejected') throw result.reason;
}
