/** Something an owner ends with itself: subscriptions, registrations, emitters of the editor. */
export interface Owned {
  dispose(): unknown;
}

export function disposeAll(items: Iterable<Owned>): void {
  for (const item of items) item.dispose();
}
