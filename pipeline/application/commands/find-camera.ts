import { LabelError } from '../../../operators/label/label-error.ts';

/** The camera of this name; throws a {@link LabelError} that lists the names there are. */
export function findCamera<C>(cameras: ReadonlyMap<string, C>, name: string): C {
  const camera = cameras.get(name);
  if (camera !== undefined) return camera;
  const known = [...cameras.keys()].join(', ');
  throw new LabelError('unknown-target', `there is no camera ${name}; there are ${known}`);
}
