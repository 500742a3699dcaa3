/**
 * Probability of `least` or more successes in `trials` independent trials with success probability
 * `rate`; exact, summed from the smaller tail's terms.
 */
export function binomialTail(least: number, trials: number, rate: number): number {
  if (least <= 0) return 1;
  if (least > trials || rate <= 0) return 0;
  if (rate >= 1) return 1;
  // In logarithms, since the powers of hundreds of trials underflow.
  const odds = Math.log(rate) - Math.log1p(-rate);
  let logTerm = trials * Math.log1p(-rate);
  let below = 0;
  let above = 0;
  for (let successes = 0; successes <= trials; successes++) {
    if (successes < least) below += Math.exp(logTerm);
    else above += Math.exp(logTerm);
    logTerm += odds + Math.log((trials - successes) / (successes + 1));
  }
  return least <= trials * rate ? Math.max(0, 1 - below) : Math.min(1, above);
}

/**
 * One-sided sign test (exact McNemar test): the probability that of `lost + gained` changes at
 * least `lost` are losses, where gains and losses are equally likely.
 */
export function signTest(lost: number, gained: number): number {
  return binomialTail(lost, lost + gained, 0.5);
}
