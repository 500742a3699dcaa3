/**
 * How long each step of the end may take once the program is asked to stop, in ms. Together they
 * leave half a second of the three that a container runtime or an operator waits at least.
 */
export const endLimits = {
  /** Cameras stop, and frames on their way pass the graph. */
  graphMs: 800,
  /** The state is saved. */
  saveMs: 1000,
  /** Sinks deliver what they hold, and worker threads finish their calls. */
  closeMs: 700,
  /** From the signal; the process ends then, whatever runs. */
  processMs: 2800,
} as const;
