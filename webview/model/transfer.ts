const tinyBytes = 64;

/**
 * The buffers inside an answer that can be handed over instead of copied: those that one view covers completely. Views into
 * something larger (the packed run, a kept analysis) are copied by postMessage, so the worker keeps its own. So are tiny ones: the
 * empty columns that stand for nothing are shared by all answers that need them.
 */
export function transferables(answer: unknown): Transferable[] {
  const found = new Set<ArrayBuffer>();
  const visit = (value: unknown, depth: number): void => {
    if (typeof value !== 'object' || value === null || depth > 4) return;
    if (ArrayBuffer.isView(value)) {
      const { buffer } = value;
      if (buffer instanceof ArrayBuffer && value.byteLength === buffer.byteLength && buffer.byteLength > tinyBytes)
        found.add(buffer);
      return;
    }
    if (Array.isArray(value) && typeof value[0] !== 'object') return;
    for (const entry of Object.values(value)) visit(entry, depth + 1);
  };
  visit(answer, 0);
  return [...found];
}
