import type { Verdict } from '../../../operators/gate/verdict.ts';
import type { ModelMessage } from '../../../sinks/events.ts';
import type { ModelEvent } from '../learning/model-event.ts';

/** Durations kept for the report; the oldest makes room. */
const durationsKept = 1000;

/** Counts what happens to the model, for metrics and the report. */
export class ModelMeter {
  swaps = 0;
  refused = 0;
  /** Of the newest head that the gate accepted. */
  verdicts: Verdict['perClass'] = [];
  /** From a label's arrival to the first frame detected with the head that learned it, in ms. */
  readonly labelToLiveMs: number[] = [];

  count(event: ModelEvent): void {
    if (event.type === 'refused') this.refused++;
    if (event.type !== 'swapped') return;
    this.swaps++;
    this.verdicts = event.verdict.perClass;
  }

  time({ labelToLiveMs }: ModelMessage): void {
    if (labelToLiveMs === undefined) return;
    this.labelToLiveMs.push(labelToLiveMs);
    if (this.labelToLiveMs.length > durationsKept) this.labelToLiveMs.shift();
  }
}
