/** Something that was started and must be stopped. Disposing twice is harmless. */
export interface AsyncOrSyncDisposable {
  dispose(): void | Promise<void>;
}

/**
 * Owns whatever one owner has started (architecture, law 9). Disposes in reverse order, each one even if another fails,
 * and at once what is added after it was closed.
 */
export class DisposableStore {
  private readonly items: AsyncOrSyncDisposable[] = [];
  private closing: Promise<void> | undefined;

  /** Takes ownership and returns the same value, for chaining. */
  add<T extends AsyncOrSyncDisposable>(item: T): T {
    if (this.closing) {
      this.closing = this.closing.then(() => item.dispose());
    } else {
      this.items.push(item);
    }
    return item;
  }

  /** Takes ownership of a clean-up function. */
  defer(dispose: () => void | Promise<void>): void {
    this.add({ dispose });
  }

  /** Disposes everything; rejects with the first failure once all had their turn. */
  dispose(): Promise<void> {
    this.closing ??= this.disposeAll();
    return this.closing;
  }

  private async disposeAll(): Promise<void> {
    const failures: unknown[] = [];
    for (let item = this.items.pop(); item; item = this.items.pop()) {
      try {
        await item.dispose();
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
  }
}
