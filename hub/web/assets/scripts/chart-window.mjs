// The stretch of time that a chart shows, as [from, to] in Unix seconds: zooming and moving it. No page is touched here.
const LEAST_S = 3_600;
const MOST_S = 40 * 365 * 86_400;

/** A window of an allowed length that ends no later than `newest`. */
export function allowed([from, to], newest) {
  const length = Math.min(Math.max(to - from, LEAST_S), MOST_S);
  const middle = (from + to) / 2;
  const end = Math.min(middle + length / 2, newest);
  return [end - length, end];
}

/** `factor` times as long, with what stands at `anchor` staying where it is. */
export function zoomed([from, to], factor, anchor) {
  return [anchor - (anchor - from) * factor, anchor + (to - anchor) * factor];
}

export function moved([from, to], seconds) {
  return [from + seconds, to + seconds];
}

/** The window in which the instants `a` and `b` stand at the shares `x` and `y` of its width (two fingers). */
export function between(a, b, x, y) {
  if (Math.abs(y - x) < 0.02) return undefined;
  const length = (b - a) / (y - x);
  return length > 0 ? [a - x * length, a + (1 - x) * length] : undefined;
}

/** How much of the local time a label needs for lines that are `step` seconds apart. */
export function labelKind(step) {
  if (step < 86_400) return "clock";
  if (step < 28 * 86_400) return "day";
  return step < 360 * 86_400 ? "month" : "year";
}

/** A first number and the distances that follow, as the numbers. */
export function summed(distances) {
  let at = 0;
  return distances.map((distance) => (at += distance));
}
