/**
 * Producers of frames: cameras, recordings, folders of images, the simulated world, and pictures
 * that the program makes itself.
 *
 * @module lifelens/sources
 */

export { createSource } from '../../operators/ingest/sources/create-source.ts';
export { pictureSource, type Picture } from '../../operators/ingest/sources/picture-source.ts';
export { viewOf } from '../../operators/ingest/frames/view-plan.ts';
export { worldSource } from '../../operators/ingest/world/world-source.ts';
export type { ScenarioInput } from '../../operators/ingest/world/scenario.ts';
export { SourceError, type Source, type SourceContext } from '../../operators/ingest/source.ts';
