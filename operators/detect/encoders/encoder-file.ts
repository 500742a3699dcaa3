/** Order of the colour channels that a model reads. */
export const channelOrders = ['rgb', 'bgr'] as const;
export type ChannelOrder = (typeof channelOrders)[number];

/**
 * What an encoder's input and output mean; null takes it from the model and what lies beside it.
 */
export interface EncoderOptions {
  /** Side of its square input, in pixels. */
  readonly size: number | null;
  /** Mean of red, green and blue; in units of 0..1, or of 0..255 where one is above 1. */
  readonly mean: readonly number[] | null;
  /** Standard deviations, likewise. */
  readonly std: readonly number[] | null;
  readonly order: ChannelOrder | null;
  /** Name of the output that holds the vectors. */
  readonly output: string | null;
}

/** An encoder of the user. */
export interface EncoderFile extends EncoderOptions {
  /** Path of an ONNX file, or of the model.json of a TensorFlow.js GraphModel. */
  readonly path: string;
}

/** Nothing said: all of it comes from the model. */
export const nothingSaid: EncoderOptions = {
  size: null,
  mean: null,
  std: null,
  order: null,
  output: null,
};
