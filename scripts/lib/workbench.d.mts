import type { Browser } from 'playwright-core';
import type { Chromium, Tools } from './tools.mjs';

export interface WorkbenchOptions {
  readonly tools: Tools;
  /** An extension to install. */
  readonly vsix?: string;
  /** false: a folder opens in Restricted Mode until it is trusted. Default true. */
  readonly trusted?: boolean;
  /** Whether the smoke-test driver is on: test payloads in the address are obeyed. Default true. */
  readonly driver?: boolean;
  /** The user's settings. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** A folder for user data that outlives the workbench; default a temporary one. */
  readonly userData?: string;
  /** Default a free one. */
  readonly port?: number;
}

export interface Workbench {
  readonly url: string;
  readonly port: number;
  /** Of the server: its children are the extension hosts and what they started. */
  readonly pid: number;
  /** The folder of user data and extensions. */
  readonly home: string;
  /** Ends the server and whatever it started, removes temporary data. */
  stop(): Promise<void>;
}

export function startWorkbench(options: WorkbenchOptions): Promise<Workbench>;

/** A headless browser for the workbench. */
export function launchBrowser(binary: Chromium): Promise<Browser>;
