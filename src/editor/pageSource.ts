/** Which data a page shows, and how that survives a reload of the window. */
export interface PageSource {
  readonly dir: string;
  readonly baseline: string | null;
}

/**
 * The page knows what it shows, not where that stands. So whatever it saves gets the source added, for the serializer to
 * read after a reload (reportPanels.ts).
 */
export function keepSource(source: PageSource): string {
  return `(() => {
  const api = acquireVsCodeApi();
  const source = ${scriptText(source)};
  const setState = (state) => api.setState({ ...state, source });
  const wrapped = { postMessage: (message) => api.postMessage(message), getState: () => api.getState(), setState };
  globalThis.acquireVsCodeApi = () => wrapped;
  setState(api.getState());
})();`;
}

/** JSON that cannot end the script element it stands in: folder names are foreign text. */
export function scriptText(value: unknown): string {
  return JSON.stringify(value).replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** @returns what a page's state names, or null if it is none of ours. */
export function sourceOf(state: unknown): PageSource | null {
  if (typeof state !== 'object' || state === null) return null;
  const source = (state as Record<string, unknown>)['source'];
  if (typeof source !== 'object' || source === null) return null;
  const { dir, baseline } = source as Record<string, unknown>;
  return typeof dir === 'string' ? { dir, baseline: typeof baseline === 'string' ? baseline : null } : null;
}
