/** From the plan's text to a checked plan, every fault with its place: `slowpath.jsonc:LINE:COLUMN: what is wrong; what to write instead`. */
import { findNodeAtLocation, type Node } from 'jsonc-parser';
import { basename, isAbsolute, relative } from 'node:path';
import { SlowpathError } from '../errors.ts';
import { maxPlanBytes, parseDocument, positionsIn, type Fault, type PlanDocument, type Position } from './document.ts';
import { describeIssue, pathFaults, type PathFault } from './issues.ts';
import { planSchema, type Plan } from './schema.ts';
import { valueOf } from './values.ts';
import { visible } from './visible.ts';

/** Shown at most; the rest is counted. */
const maxShown = 20;

/** For squiggles: lines and columns from 1, the end exclusive. */
export interface PlanProblem {
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
  readonly message: string;
  /** VS Code underlines it by itself, from JSON's grammar or the plan's JSON Schema. */
  readonly inSchema: boolean;
}

/** Tells where the value at a path of the plan stands: `file:line:column`, or the file and the path where that isn't known. */
export type Locate = (path: readonly PropertyKey[], columnInText?: number) => string;

const locators = new WeakMap</* as readPlan returned it */ Plan, Locate>();

/**
 * The plan, defaults filled in.
 * @param text may begin with a byte order mark.
 * @param file only named in messages.
 * @throws SlowpathError PLAN_SYNTAX, PLAN_INVALID (one problem a line) or PLAN_TOO_LARGE.
 */
export function readPlan(text: string, file: string): Plan {
  refuseTooLarge(Buffer.byteLength(text), file);
  const document = parseDocument(text);
  const { plan, faults } = check(document);
  if (!plan) {
    const code = document.syntaxFaults.length > 0 ? 'PLAN_SYNTAX' : 'PLAN_INVALID';
    throw new SlowpathError(code, listed(faults, document.text, shownName(file)));
  }
  locators.set(plan, locatorFor(document, shownName(file)));
  return plan;
}

/** @throws SlowpathError PLAN_TOO_LARGE */
export function refuseTooLarge(bytes: number, file: string): void {
  if (bytes <= maxPlanBytes) return;
  const message = `${shownName(file)}:1:1: the plan is larger than 1 MiB; write a plan, or name the right file with --plan`;
  throw new SlowpathError('PLAN_TOO_LARGE', message);
}

/** Everything wrong with a plan's text, in its order; empty when it can be run. Never throws. */
export function planProblems(text: string): PlanProblem[] {
  if (Buffer.byteLength(text) > maxPlanBytes) {
    return [
      {
        line: 1,
        column: 1,
        endLine: 1,
        endColumn: 2,
        message: 'the plan is larger than 1 MiB; write less',
        inSchema: false,
      },
    ];
  }
  const document = parseDocument(text);
  const positionOf = positionsIn(document.text);
  return check(document)
    .faults.slice(0, 10 * maxShown)
    .map(({ offset, length, message, inSchema }) => {
      const start = positionOf(offset);
      const end = positionOf(offset + length);
      return { ...start, endLine: end.line, endColumn: end.column, message, inSchema };
    });
}

/** The scenarios' names and the lines (from 1) they begin on, as far as the text can be read. Never throws. */
export function scenarioLines(text: string): { name: string; line: number }[] {
  if (Buffer.byteLength(text) > maxPlanBytes) return [];
  const { root, text: withoutMark } = parseDocument(text);
  const scenarios = root && findNodeAtLocation(root, ['scenarios']);
  if (scenarios?.type !== 'object') return [];
  const positionOf = positionsIn(withoutMark);
  return (scenarios.children ?? []).flatMap(({ children }) => {
    const [key, value] = children ?? [];
    return key && value?.type === 'object' ? [{ name: String(key.value), line: positionOf(key.offset).line }] : [];
  });
}

/** A plan that was read by another process has lost its positions: the path then stands for them. */
export function locatorOf(plan: Plan, file: string): Locate {
  return locators.get(plan) ?? ((path) => `${shownName(file)}: ${path.map((key) => visible(String(key))).join('.')}`);
}

/** Relative to the working directory if it lies below it, else only the last part; never a character that acts on a terminal. */
export function shownName(file: string): string {
  const fromHere = relative(process.cwd(), file);
  const below = fromHere !== '' && !fromHere.startsWith('..') && !isAbsolute(fromHere);
  return visible(below ? fromHere : basename(file), 200);
}

function check(document: PlanDocument): { readonly plan: Plan | null; readonly faults: readonly Fault[] } {
  const { root, text, syntaxFaults } = document;
  if (!root || syntaxFaults.length > 0) return { plan: null, faults: syntaxFaults };
  const { value, faults: valueFaults } = valueOf(root, text);
  const parsed = planSchema.safeParse(value, { error: describeIssue });
  const found = parsed.success ? [] : pathFaults(parsed.error.issues);
  const misspelt = new Set(
    found.flatMap(({ path, meant }) => (typeof meant === 'string' ? [pathKey([...path.slice(0, -1), meant])] : [])),
  );
  const schemaFaults = found
    // A missing key whose misspelling is reported already.
    .filter(({ path, meant }) => meant !== undefined || !misspelt.has(pathKey(path)))
    .map((fault) => placed(fault, root, text));
  const faults = [...valueFaults, ...schemaFaults].sort((a, b) => a.offset - b.offset);
  return { plan: faults.length === 0 && parsed.success ? parsed.data : null, faults };
}

function pathKey(path: readonly PropertyKey[]): string {
  return JSON.stringify(path.map(String));
}

function placed({ path, message, params }: PathFault, root: Node, text: string): Fault {
  const node = nodeAt(root, path);
  const key = params.atKey === true ? node.parent?.children?.[0] : undefined;
  if (key) return { offset: key.offset, length: key.length, message, inSchema: params.inSchema === true };
  if (params.column !== undefined && isPlain(node, text)) {
    const offset = node.offset + params.column;
    return { offset, length: Math.max(1, node.offset + node.length - 1 - offset), message, inSchema: false };
  }
  // A missing key is told at the object's opening brace: underlining all of the object would hide what is inside.
  const isScalar = node.type !== 'object' && node.type !== 'array';
  return { offset: node.offset, length: isScalar ? node.length : 1, message, inSchema: params.inSchema === true };
}

/** The node at a path, or the nearest one above it. */
function nodeAt(root: Node, path: readonly PropertyKey[]): Node {
  let node = root;
  for (const key of path) {
    const child = childrenOf(node).get(String(key));
    if (!child) return node;
    node = child;
  }
  return node;
}

const children = new WeakMap<Node, ReadonlyMap<string, Node>>();

/** Members by key, the first of equal ones; items by index. Kept, as thousands of faults may ask for one object's. */
function childrenOf(node: Node): ReadonlyMap<string, Node> {
  let found = children.get(node);
  if (!found) {
    const entries = (node.children ?? []).map((child, index): [string, Node | undefined] =>
      node.type === 'array' ? [String(index), child] : [String(child.children?.[0]?.value), child.children?.[1]],
    );
    found = new Map(entries.reverse().filter((entry): entry is [string, Node] => entry[1] !== undefined));
    if (node.type === 'object' || node.type === 'array') children.set(node, found);
  }
  return found;
}

/** A text without escapes: columns inside it are columns of the file. */
function isPlain(node: Node, text: string): boolean {
  return node.type === 'string' && text.slice(node.offset + 1, node.offset + node.length - 1) === node.value;
}

function locatorFor({ root, text }: PlanDocument, name: string): Locate {
  const positionOf = positionsIn(text);
  return (path, columnInText) => {
    const node = root ? nodeAt(root, path) : null;
    const offset =
      node && columnInText !== undefined && isPlain(node, text) ? node.offset + columnInText : (node?.offset ?? 0);
    return at(name, positionOf(offset));
  };
}

function listed(faults: readonly Fault[], text: string, name: string): string {
  const positionOf = positionsIn(text);
  const lines = faults.slice(0, maxShown).map(({ offset, message }) => `${at(name, positionOf(offset))}: ${message}`);
  const next = faults[maxShown];
  if (next)
    lines.push(
      `${at(name, positionOf(next.offset))}: ${faults.length - maxShown} more problems from here on; mend the ones above first`,
    );
  return lines.join('\n');
}

function at(name: string, { line, column }: Position): string {
  return `${name}:${line}:${column}`;
}
