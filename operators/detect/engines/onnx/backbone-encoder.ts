import type { InferenceSession } from 'onnxruntime-common';
import type { Backbone } from '../backbone.ts';
import { builtInLayout } from '../embedding-layout.ts';
import { builtInEncoderId, type BuiltInCropSize, type CropEncoder } from '../engine.ts';
import { checkView } from '../peaks.ts';
import { cropModel } from './centernet-onnx.ts';
import { floatsOf, type OnnxSessions } from './onnx-sessions.ts';

/** The built-in encoder, pooled maps of the backbone, on ONNX Runtime; loaded on first use. */
export class OnnxBackboneEncoder implements CropEncoder {
  readonly id: string;
  readonly cropSize: number;
  readonly embedding = builtInLayout;
  readonly #sessions: OnnxSessions;
  readonly #backbone: Backbone;
  #session: Promise<InferenceSession> | undefined;

  constructor(sessions: OnnxSessions, backbone: Backbone, cropSize: BuiltInCropSize) {
    this.id = builtInEncoderId(cropSize);
    this.cropSize = cropSize;
    this.#sessions = sessions;
    this.#backbone = backbone;
  }

  async encode(crops: Uint8Array, count: number): Promise<Float32Array> {
    const { cropSize } = this;
    checkView(crops, cropSize, count);
    this.#session ??= this.#sessions.open(cropModel(this.#backbone, cropSize));
    const session = await this.#session;
    const shape = [count, cropSize, cropSize, 3];
    return floatsOf((await this.#sessions.run(session, crops, shape))['pooled']);
  }

  async close(): Promise<void> {
    await (await this.#session)?.release();
  }
}
