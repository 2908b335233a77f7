/** A signal that gives a request up after so long. `AbortSignal.timeout` is not in every browser that pages are made for. */
export function patience(ms) {
  const control = new AbortController();
  setTimeout(() => control.abort(), ms);
  return control.signal;
}
