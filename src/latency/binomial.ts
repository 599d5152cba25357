/**
 * The smallest k with P(B ≤ k) ≥ probability for B binomial(count, share). Sums the terms outward from the mode by their
 * ratios, p(k+1)/p(k) = (count − k)/(k + 1) · share/(1 − share): no factorials, so any count is good. Terms below 1e-20
 * of the mode's are left out, which leaves a few standard deviations' worth of them.
 */
export function binomialQuantile(count: number, share: number, probability: number): number {
  if (share <= 0) return 0;
  if (share >= 1) return count;
  const odds = share / (1 - share);
  const mode = Math.min(count, Math.floor((count + 1) * share));
  const below: number[] = [];
  for (let k = mode, term = 1; k > 0 && term > negligible; k--) below.push((term *= k / ((count - k + 1) * odds)));
  const above: number[] = [];
  for (let k = mode, term = 1; k < count && term > negligible; k++)
    above.push((term *= ((count - k) * odds) / (k + 1)));
  const terms = [...below.reverse(), 1, ...above];
  // Rounding must not move the answer where the probability is met exactly.
  const wanted = probability * terms.reduce((sum, term) => sum + term, 0) * (1 - 1e-12);
  let cumulative = 0;
  const first = mode - below.length;
  for (const [index, term] of terms.entries()) {
    cumulative += term;
    if (cumulative >= wanted) return first + index;
  }
  return count;
}

const negligible = 1e-20;
