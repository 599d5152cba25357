export interface Chromium {
  readonly path: string;
  /** What its environment needs to start here. */
  readonly env: Readonly<Record<string, string>>;
}

export interface Tools {
  /** Path of Node 24. */
  readonly node: string;
  /** Path of code-server's entry script. */
  readonly codeServer: string;
  readonly chromium: Chromium;
}

/** Where tools too big for node_modules are kept. */
export const toolsDirectory: string;

/** Everything installed and checked to start. */
export function ensureTools(): Promise<Tools>;
