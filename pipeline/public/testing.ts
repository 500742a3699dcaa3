/**
 * Tools for tests of programs that use lifelens: time and random numbers that repeat, and a sink
 * that keeps what it receives.
 *
 * @module lifelens/testing
 */

export { seededRandom } from '../../operators/foundation/numbers/seeded-random.ts';
export { VirtualTime } from '../../operators/foundation/time/virtual-time.ts';
export { RecordingSink } from '../../sinks/recording.ts';
