export { defaultTolerance, evaluateCandidate, evaluateInSteps } from '../gate/gate.ts';
export type { GateInput } from '../gate/gate.ts';
export type { GateSample } from '../gate/gate-sample.ts';
export type { ClassStatus, ClassVerdict, SourceVerdict, Verdict } from '../gate/verdict.ts';
export { BestHeads, bestVersionsMax, type BestContents } from '../gate/best-heads.ts';
export { LiveEvidence, liveEvidenceLimits } from '../gate/live-evidence.ts';
export type { LiveNote, Regression } from '../gate/live-evidence.ts';
export { predictSample } from '../gate/predict-samples.ts';
