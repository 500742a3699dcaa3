import type { Service } from '../rig/service/service.ts';

/**
 * Asks for a sample's label: a dismissal that is undone at once makes the program send it. Resolves
 * with undefined where there is no such sample.
 */
export async function labelOf(
  service: Pick<Service, 'client' | 'accepted'>,
  sampleId: string,
): Promise<unknown> {
  const { client } = service;
  const dismissed = await client.send({ command: 'dismiss', target: { sampleId } });
  if (!dismissed.ok) {
    if (dismissed.code === 'unknown-target') return undefined;
    throw new Error(`sample ${sampleId} was not dismissed: ${dismissed.message}`);
  }
  const from = client.messages.length;
  await service.accepted({ command: 'undo', labelId: dismissed.labelId! });
  const after = client.messages.length;
  const about = ({ type, sampleId: id, label }: Readonly<Record<string, unknown>>): boolean =>
    type === 'sample' && id === sampleId && label !== 'background';
  // However slow the program is: by the next metrics, it has sent what it says about the sample.
  await client.receives(
    (message) =>
      about(message) || (message.type === 'metrics' && client.messages.indexOf(message) >= after),
    { from },
  );
  const found = client.messages.slice(from).find(about);
  // Without such a message, the sample is labelled as the dismissal has labelled it.
  return found === undefined ? 'background' : found['label'];
}
