import type { Subscription } from 'rxjs';
import type { Command, CommandResult, Sink } from '../../sinks/events.ts';

/** Answers each command with the result of `handle`, by default with `{ ok: true }`. */
export function answerCommands(
  { commands$ }: Pick<Sink, 'commands$'>,
  handle: (command: Command, by: string) => Promise<CommandResult> = async () => ({ ok: true }),
): Subscription {
  return commands$!.subscribe(
    ({ command, by, reply }) => void handle(command, by).then((result) => reply(result)),
  );
}

export type Handle = NonNullable<Parameters<typeof answerCommands>[1]>;
