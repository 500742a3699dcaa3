/** The engines, in the order in which `auto` tries them. */
export const engineNames = ['onnx', 'tfjs'] as const;
export type EngineName = (typeof engineNames)[number];

/** `auto` takes the first engine that loads; a name takes that engine or fails. */
export const engineChoices = ['auto', ...engineNames] as const;
export type EngineChoice = (typeof engineChoices)[number];
