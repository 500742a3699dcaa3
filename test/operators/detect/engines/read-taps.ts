import type { Tensor4D } from '@tensorflow/tfjs-core';
import { backboneTaps, loadBackbone } from '../../../../operators/detect/engines/backbone.ts';
import { cropSize } from '../../../../operators/detect/engines/engine.ts';
import { startTfjsBackend } from '../../../../operators/detect/engines/tfjs/tfjs-backend.ts';
import { loadTfjsModel } from '../../../../operators/detect/engines/tfjs/tfjs-model.ts';

/** A map of the backbone: side × side × channels, row-major. */
export interface TapMap {
  readonly side: number;
  readonly channels: number;
  readonly values: Float32Array;
}

export type TapMaps = Record<'layout' | 'parts' | 'texture', TapMap>;

/** Reads the maps that crop embeddings are pooled from directly from the graph. */
export async function readTaps(crop: Uint8Array): Promise<TapMaps> {
  const { core } = await startTfjsBackend('wasm');
  const { model: graph } = await loadTfjsModel(core, await loadBackbone());
  const pixels = core.tensor4d(Float32Array.from(crop), [1, cropSize, cropSize, 3]);
  const read = (tap: string): TapMap => {
    const map = graph.execute({ [backboneTaps.input]: pixels }, tap) as Tensor4D;
    const [, side, , channels] = map.shape;
    const values = map.dataSync<'float32'>();
    map.dispose();
    return { side, channels, values };
  };
  const { layout, parts, texture } = backboneTaps;
  const maps = { layout: read(layout), parts: read(parts), texture: read(texture) };
  pixels.dispose();
  graph.dispose();
  return maps;
}

/** Means over 3 × 3 windows of 4 × 4 cells, three cells apart, channel-major. */
export function windowMeans({ side, channels, values }: TapMap): number[] {
  const means: number[] = [];
  for (let channel = 0; channel < channels; channel++) {
    for (let place = 0; place < 9; place++) {
      const [top, left] = [3 * Math.floor(place / 3), 3 * (place % 3)];
      let sum = 0;
      for (let cell = 0; cell < 16; cell++) {
        const at = (top + Math.floor(cell / 4)) * side + left + (cell % 4);
        sum += values[at * channels + channel]!;
      }
      means.push(sum / 16);
    }
  }
  return means;
}

/** The maximum of each channel over the map. */
export function channelMaxima({ channels, values }: TapMap): number[] {
  const result = new Array<number>(channels).fill(-Infinity);
  values.forEach((value, i) => (result[i % channels] = Math.max(result[i % channels]!, value)));
  return result;
}
