import { ignoreElements, tap, type OperatorFunction } from 'rxjs';
import type { Command, CommandRequest } from '../../../sinks/events.ts';
import type { Camera } from '../camera.ts';
import { findCamera } from './find-camera.ts';
import { commandFailure } from './command-failure.ts';

/** A request whose command is one of `Name`. */
export type RequestOf<Name extends Command['command']> = CommandRequest & {
  readonly command: Extract<Command, { command: Name }>;
};

/** Pauses and resumes cameras as commands ask for, and replies. Emits nothing. */
export function controlCameras(
  cameras: ReadonlyMap<string, Pick<Camera, 'pause' | 'resume'>>,
): OperatorFunction<RequestOf<'pause' | 'resume'>, never> {
  return (requests) =>
    requests.pipe(
      tap(({ command: { command, camera }, reply }) => {
        try {
          const chosen = camera === undefined ? cameras.values() : [findCamera(cameras, camera)];
          for (const each of chosen) each[command]();
          reply({ ok: true });
        } catch (error) {
          reply(commandFailure(error));
        }
      }),
      ignoreElements(),
    );
}
