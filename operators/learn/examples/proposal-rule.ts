/** What counts as a proposal in a view, whatever the detector. */
export const proposalRule = {
  /** Most proposals of a view, the strongest ones. */
  countMax: 100,
  /** Base heat from which a place is a proposal. */
  leastHeat: 0.05,
  /** IoU from which the weaker of two proposals is dropped. */
  maxOverlap: 0.6,
} as const;
