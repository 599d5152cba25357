/** From the tree to plain values, watching for what JSON allows and a plan can't mean. */
import type { Node } from 'jsonc-parser';
import type { Fault } from './document.ts';
import { quoted } from './visible.ts';

export interface Values {
  readonly value: unknown;
  readonly faults: readonly Fault[];
}

/** The tree's value; keys that stand twice, `__proto__`, and numbers that a double can't hold are faults. */
export function valueOf(root: Node, text: string): Values {
  const faults: Fault[] = [];
  const value = convert(root);
  return { value, faults };

  function convert(node: Node): unknown {
    if (node.type === 'array') return (node.children ?? []).map(convert);
    if (node.type === 'object') return convertObject(node);
    if (node.type === 'number') checkNumber(node);
    return node.value as unknown;
  }

  function convertObject(node: Node): unknown {
    const object: Record<string, unknown> = {};
    const seen = new Set<string>();
    for (const { children } of node.children ?? []) {
      const [key, child] = children ?? [];
      if (!key || !child) continue;
      const name = String(key.value);
      if (name === '__proto__') {
        fault(key, 'the key "__proto__" can\'t be read safely; write another key, or the whole body as a text', false);
      } else if (seen.has(name)) {
        fault(key, `the key ${quoted(name)} stands twice in one object; leave one of them out`, true);
      } else {
        object[name] = convert(child);
      }
      seen.add(name);
    }
    return object;
  }

  function checkNumber(node: Node): void {
    const written = text.slice(node.offset, node.offset + node.length);
    const number = Number(written);
    if (Number.isFinite(number) && (Number.isSafeInteger(number) || !/^-?\d+$/.test(written))) return;
    fault(
      node,
      `the number ${quoted(written, 40)} can't be kept exactly; write a smaller one, or a text in double quotes`,
      false,
    );
  }

  function fault(node: Node, message: string, inSchema: boolean): void {
    faults.push({ offset: node.offset, length: node.length, message, inSchema });
  }
}
