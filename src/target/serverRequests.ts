/** An aborted request never finishes: beyond this many open ones the oldest are taken for such. */
const MAX_OPEN = 50_000;

interface Open {
  readonly startUs: number;
  readonly syncEndUs: number;
  readonly port: number;
}

/** Columns startUs, syncEndUs, finishUs (NaN if it never finished), port. */
export type ServerRequestColumns = readonly [number[], number[], number[], number[]];

/** Joins the starts and the finishes of one thread's requests, which the probe reports apart and in any order. */
export class ServerRequests {
  private readonly open = new Map</* id */ number, Open>();
  private readonly early = new Map</* id */ number, /* finishUs */ number>();

  started([ids, startUs, syncEndUs, ports]: readonly Float64Array[]): ServerRequestColumns {
    const rows: ServerRequestColumns = [[], [], [], []];
    ids?.forEach((id, row) => {
      const request = {
        startUs: startUs?.[row] ?? Number.NaN,
        syncEndUs: syncEndUs?.[row] ?? Number.NaN,
        port: ports?.[row] ?? 0,
      };
      const finishUs = this.early.get(id);
      if (finishUs === undefined) {
        this.open.set(id, request);
        return;
      }
      this.early.delete(id);
      add(rows, request, finishUs);
    });
    for (const [id, request] of this.open) {
      if (this.open.size <= MAX_OPEN) break;
      this.open.delete(id);
      add(rows, request, Number.NaN);
    }
    return rows;
  }

  finished([ids, finishUs]: readonly Float64Array[]): ServerRequestColumns {
    const rows: ServerRequestColumns = [[], [], [], []];
    ids?.forEach((id, row) => {
      const request = this.open.get(id);
      const endUs = finishUs?.[row] ?? Number.NaN;
      if (request === undefined) {
        if (this.early.size < MAX_OPEN) this.early.set(id, endUs);
        return;
      }
      this.open.delete(id);
      add(rows, request, endUs);
    });
    return rows;
  }

  /** Those still open, as never finished. */
  takeOpen(): ServerRequestColumns {
    const rows: ServerRequestColumns = [[], [], [], []];
    for (const request of this.open.values()) add(rows, request, Number.NaN);
    this.open.clear();
    return rows;
  }
}

function add(rows: ServerRequestColumns, request: Open, finishUs: number): void {
  rows[0].push(request.startUs);
  rows[1].push(request.syncEndUs);
  rows[2].push(finishUs);
  rows[3].push(request.port);
}
