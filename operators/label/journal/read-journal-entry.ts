import { z } from 'zod';
import type { JournalEntry } from './journal-entry.ts';

const box = z.tuple([z.number(), z.number(), z.number(), z.number()]).readonly();
const seen = z.object({
  id: z.string(),
  camera: z.string(),
  trackId: z.number(),
  box,
  timestampMs: z.number(),
  merged: z.array(z.string()).readonly(),
  look: z.string().nullable(),
});
const scope = {
  samples: z
    .array(
      z.object({
        id: z.string(),
        object: z.string(),
        heldOut: z.boolean(),
        seen: seen.exactOptional(),
      }),
    )
    .readonly(),
  cluster: z.string().exactOptional(),
  track: z.object({ camera: z.string(), trackId: z.number() }).exactOptional(),
  joinedTraining: z.array(z.string()).readonly().exactOptional(),
};
const fact = z.discriminatedUnion('type', [
  z.object({ type: z.literal('class'), name: z.string(), id: z.string().exactOptional() }),
  z.object({ type: z.literal('label'), class: z.string(), ...scope }),
  z.object({ type: z.literal('notA'), class: z.string(), ...scope }),
  z.object({ type: z.literal('dismiss'), ...scope }),
  z.object({ type: z.literal('undo'), of: z.int() }),
  z.object({ type: z.literal('rename'), class: z.string(), name: z.string() }),
  z.object({ type: z.literal('merge'), class: z.string(), into: z.string() }),
  z.object({ type: z.literal('remove'), class: z.string() }),
  z.object({
    type: z.literal('rollback'),
    from: z.int(),
    to: z.int(),
    reason: z.string().exactOptional(),
  }),
  z.object({
    type: z.literal('learned'),
    added: z.int(),
    removed: z.int(),
    background: z.int(),
    trainedOn: z.string(),
  }),
]);
const schema = z.object({
  position: z.int().positive(),
  atMs: z.number(),
  by: z.string(),
  fact,
});

/** Checks that a value is a journal entry. Throws an Error with one line otherwise. */
export function readJournalEntry(value: unknown): JournalEntry {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const { path, message } = result.error.issues[0]!;
  throw new Error(`${path.join('.') || 'the entry'}: ${message}`, { cause: result.error });
}
