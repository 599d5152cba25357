import { longestTypeName } from '../profile/formats/importer.ts';
import { isPlainName } from '../run/plainFiles.ts';
import type { MessageToEditor, PageCommand } from '../protocol.ts';
import { brushedOf } from '../trace/brushed.ts';

/** What a page asks beyond being filled. */
export type PageMessage = Exclude<MessageToEditor, { type: 'ready' | 'sampleType' | 'pageError' | 'copy' }>;

const pageCommands: readonly PageCommand[] = ['runAgain', 'compareWith', 'showHeatDiff', 'saveHtml', 'showLog'];

const checks: Readonly<Record<MessageToEditor['type'], (message: Record<string, unknown>) => boolean>> = {
  ready: ({ sampleType }) => sampleType === null || isTypeName(sampleType),
  sampleType: ({ name }) => isTypeName(name),
  openSource: ({ file, line, column, beside }) =>
    typeof file === 'string' && typeof line === 'number' && typeof column === 'number' && typeof beside === 'boolean',
  rangeChanged: ({ range }) => range === null || brushedOf(range) !== null,
  openRun: ({ run }) => typeof run === 'string' && isPlainName(run),
  copy: ({ text }) => typeof text === 'string',
  command: ({ command }) => pageCommands.some((each) => each === command),
  pageError: ({ message }) => typeof message === 'string',
};

/** The one validator at this edge: a page is fed with foreign names and is not trusted with more than these. */
export function isMessage(value: unknown): value is MessageToEditor {
  if (typeof value !== 'object' || value === null) return false;
  const message = value as Record<string, unknown>;
  const type = message['type'];
  return typeof type === 'string' && Object.hasOwn(checks, type) && checks[type as MessageToEditor['type']](message);
}

function isTypeName(value: unknown): value is string {
  return typeof value === 'string' && value.length <= longestTypeName;
}
