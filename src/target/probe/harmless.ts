/**
 * The same function, but whatever it throws stays inside: a fault of the probe never reaches the program. One argument, not a list
 * of them: it stands on the path of every request.
 */
export function harmless<Given>(callback: (given: Given) => void): (given: Given) => void {
  return (given) => {
    try {
      callback(given);
    } catch {
      // The program goes on, unmeasured at this point.
    }
  };
}
