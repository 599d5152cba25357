/** The same function, but whatever it throws stays inside: a fault of the probe never reaches the program. */
export function harmless<Arguments extends readonly unknown[]>(
  callback: (...given: Arguments) => void,
): (...given: Arguments) => void {
  return (...given) => {
    try {
      callback(...given);
    } catch {
      // The program goes on, unmeasured at this point.
    }
  };
}
