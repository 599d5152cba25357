import { readFileSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import { SlowpathError } from '../../errors.ts';
import { visible } from '../../plan/visible.ts';

/** Rows of a data file, all of them as texts. */
export interface DataFile {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

const mostBytes = 256 * 1024 * 1024;

/**
 * Reads a CSV file (RFC 4180, its first line names the columns) or a file of JSON lines (objects, by their keys; told by a first
 * character `{`).
 * @throws SlowpathError LOAD_FAILED naming file and line.
 */
export function readDataFile(path: string): DataFile {
  const name = visible(basename(path));
  const fail = (why: string, cause?: unknown): never => {
    throw new SlowpathError('LOAD_FAILED', `The data file ${name} ${why}.`, { cause });
  };
  let text = '';
  try {
    if (statSync(path).size > mostBytes) fail('is larger than 256 MB; give fewer rows');
    text = new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(path));
  } catch (error) {
    if (error instanceof SlowpathError) throw error;
    fail('cannot be read as UTF-8 text; mend it or its path', error);
  }
  const isJson = /^\s*\{/.test(text);
  const file = isJson ? readJsonLines(text, fail) : readCsv(text, fail);
  if (file.rows.length === 0) fail('has no rows; give it at least one');
  return file;
}

type Fail = (why: string, cause?: unknown) => never;

function readJsonLines(text: string, fail: Fail): DataFile {
  const columns: string[] = [];
  const records: Record<string, unknown>[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch (error) {
      fail(`is broken in line ${index + 1}: it is not JSON; write one object a line`, error);
    }
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      return fail(`is broken in line ${index + 1}: it is not an object; write one object a line`);
    }
    for (const key of Object.keys(value)) if (!columns.includes(key)) columns.push(key);
    records.push(value as Record<string, unknown>);
  }
  return { columns, rows: records.map((record) => columns.map((column) => asText(record[column]))) };
}

function asText(value: unknown): string {
  if (value === undefined || value === null) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function readCsv(text: string, fail: Fail): DataFile {
  const all: string[][] = [];
  const lines: number[] = [];
  let record: string[] = [];
  let line = 1;
  let startLine = 1;
  let at = text.startsWith('\uFEFF') ? 1 : 0;
  while (at < text.length) {
    let field = '';
    if (text[at] === '"') {
      for (at++; ; at++) {
        const character = text[at];
        if (character === undefined) fail(`is broken in line ${startLine}: a quote is not closed`);
        if (character === '\n') line++;
        if (character !== '"') field += character;
        else if (text[at + 1] === '"') field += text[at++] ?? '';
        else break;
      }
      at++;
    } else {
      const end = fieldEnd(text, at);
      field = text.slice(at, end);
      at = end;
    }
    record.push(field);
    if (text[at] === ',') {
      at++;
      if (at < text.length) continue;
      record.push('');
    } else if (text[at] === '\r') {
      at++;
    } else if (at < text.length && text[at] !== '\n') {
      fail(`is broken in line ${line}: something follows a closing quote; double the quotes inside a field`);
    }
    if (text[at] === '\n') at++;
    if (record.length > 1 || record[0] !== '') {
      all.push(record);
      lines.push(startLine);
    }
    record = [];
    startLine = ++line;
  }
  const [columns = [], ...rows] = all;
  for (const [index, row] of rows.entries()) {
    if (row.length !== columns.length)
      fail(
        `has ${row.length} fields in line ${lines[index + 1] ?? 0}, and its first line names ${columns.length}; mend that line`,
      );
  }
  return { columns, rows };
}

function fieldEnd(text: string, from: number): number {
  let end = from;
  while (end < text.length && text[end] !== ',' && text[end] !== '\n' && text[end] !== '\r') end++;
  return end;
}
