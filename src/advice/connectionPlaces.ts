/** Where a source closes connections that could be kept, or makes them anew. Consulted once a run has shown that they are. */
import { callsOf } from './imports.ts';
import { TokenKind, tokenText, type Tokens } from './lexer.ts';
import { optionOf, type Call, type SourceText } from './source.ts';

/** The line at which the service ends its clients' connections; null if none is seen. */
export function closingLine(source: SourceText): number | null {
  const said = closeHeaders(source).find((index) => !isOfOwnCall(source, index));
  return lineOf(source, said ?? closingSetting(source.tokens));
}

/** The line at which the service makes a connection for each call of its own; null if none is seen. */
export function connectingLine(source: SourceText): number | null {
  const { calls, tokens } = source;
  const agents = calls.filter(({ isNew, last }) => isNew && last === 'Agent');
  // Undici's agents and pools keep connections by themselves.
  const undici = new Set(callsOf(source, 'undici', ['Agent', 'Pool', 'Client']));
  const keeps = (call: Call): boolean => undici.has(call) || optionOf(source, call, 'keepAlive') === 'true';
  const unkept = calls.find((call) => optionOf(source, call, 'agent') === 'false');
  const forgetful = agents.find((call) => !keeps(call));
  const raw = callsOf(source, 'net', ['connect', 'createConnection', 'Socket'])[0];
  const said = closeHeaders(source).find((index) => isOfOwnCall(source, index));
  const anew = [...agents, ...undici].find((call) => isInFunction(tokens, call.open));
  if (unkept) return lineOf(source, wordIn(tokens, unkept, 'agent'));
  return (forgetful ?? raw)?.line ?? lineOf(source, said) ?? anew?.line ?? null;
}

function lineOf({ tokens }: SourceText, index: number | undefined): number | null {
  return index === undefined ? null : (tokens.line[index] ?? null);
}

/** Tokens `close` of `connection: 'close'` and `'Connection', 'close'`. */
function closeHeaders({ tokens }: SourceText): number[] {
  const found: number[] = [];
  for (let index = 2; index < tokens.length; index++) {
    if (tokens.kind[index] !== TokenKind.string || !/^.close.$/i.test(tokenText(tokens, index))) continue;
    const between = tokenText(tokens, index - 1);
    const name = tokenText(tokens, index - 2);
    if ((between === ':' || between === ',') && /^['"]?connection['"]?$/i.test(name)) found.push(index);
  }
  return found;
}

const ownCalls = new Set(['fetch', 'request', 'http.get', 'https.get', 'http.request', 'https.request']);

/** Whether it is said in the options of a request the service makes itself, not in an answer's. */
function isOfOwnCall({ calls, tokens }: SourceText, index: number): boolean {
  return calls.some(
    ({ name, last, open, close }) =>
      open < index && index < close && (ownCalls.has(name) || last === 'fetch') && !isInFunction(tokens, index, open),
  );
}

/** Whether a function's body stands around a token, within a bracket if one is given. */
function isInFunction(tokens: Tokens, index: number, outer = -1): boolean {
  for (let at = index - 1; at > outer; at--) {
    if (tokenText(tokens, at) !== '{' || (tokens.match[at] ?? -1) < index) continue;
    const before = tokenText(tokens, at - 1);
    if (before === '=>' || before === ')') return true;
  }
  return false;
}

/** Below a second no client that comes again finds its connection open. */
const shortKeepAlive = /^[1-9]\d{0,2}$/;
const fewRequests = /^[1-9]$/;

/** `keepAliveTimeout: 1`, `server.maxRequestsPerSocket = 1`, `res.shouldKeepAlive = false`. (No keep-alive time-out at all, 0, closes nothing.) */
function closingSetting(tokens: Tokens): number | undefined {
  for (let index = 0; index + 2 < tokens.length; index++) {
    const sign = tokenText(tokens, index + 1);
    if (sign !== '=' && sign !== ':') continue;
    const name = tokenText(tokens, index);
    const value = tokenText(tokens, index + 2);
    if (name === 'keepAliveTimeout' && shortKeepAlive.test(value)) return index;
    if (name === 'maxRequestsPerSocket' && fewRequests.test(value)) return index;
    if (name === 'shouldKeepAlive' && value === 'false') return index;
  }
  return undefined;
}

/** Arguments can spread over lines: the one with the word is the one to change. */
function wordIn(tokens: Tokens, { open, close }: Call, wanted: string): number {
  for (let index = open; index < close; index++) if (tokenText(tokens, index) === wanted) return index;
  return open;
}
