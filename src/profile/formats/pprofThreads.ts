import type { ProfileBuilder } from '../builder.ts';
import type { PprofTables } from './pprofTables.ts';
import type { ProtoReader } from './protobuf.ts';

/** How writers call the labels that say where a sample ran (Datadog's, Parca's, py-spy's, rbspy's). */
const roles: Readonly<Record<string, 'pid' | 'tid' | 'name'>> = {
  pid: 'pid',
  'process id': 'pid',
  process_id: 'pid',
  tid: 'tid',
  'thread id': 'tid',
  'os thread id': 'tid',
  'thread native id': 'tid',
  thread_id: 'tid',
  thread: 'name',
  'thread name': 'name',
  thread_name: 'name',
};

/** More are one: a list of them would be of no use to anybody. */
const mostThreads = 4096;

/** The threads of a pprof file, from its samples' labels; without any, one thread named main. Other labels are left out. */
export class PprofThreads {
  private readonly text: PprofTables['text'];
  private readonly builder: ProfileBuilder;
  private readonly roleOf = new Map</* text */ number, 'pid' | 'tid' | 'name' | null>();
  private readonly threads = new Map<string, number>();
  private pid = 0;
  private tid = 0;
  private name = '';

  constructor(text: PprofTables['text'], builder: ProfileBuilder) {
    this.text = text;
    this.builder = builder;
  }

  begin(): void {
    this.pid = 0;
    this.tid = 0;
    this.name = '';
  }

  readLabel(reader: ProtoReader): void {
    const end = reader.enter();
    let [key, text, number] = [0, 0, 0];
    while (reader.next(end)) {
      if (reader.field === 1) key = reader.uint();
      else if (reader.field === 2) text = reader.uint();
      else if (reader.field === 3) number = reader.int();
      else reader.skip();
    }
    const role = this.role(key, end);
    if (role === null) return;
    const value = text > 0 ? this.text(text, end) : String(number);
    if (role === 'name') this.name = value;
    else if (/^\d{1,15}$/.test(value)) this[role] = Number(value);
  }

  /** Index of the sample's thread. */
  end(): number {
    const { pid, tid, name } = this;
    const key = `${pid} ${tid} ${name}`;
    let thread = this.threads.get(key);
    if (thread === undefined) {
      const full = this.threads.size >= mostThreads;
      if (full && this.threads.has('')) return this.threads.get('') ?? 0;
      const known = pid !== 0 || tid !== 0 || name !== '';
      thread = this.builder.thread(
        full
          ? { pid: 0, tid: 0, name: 'other threads', target: '' }
          : { pid, tid, name: known ? name : 'main', target: '' },
      );
      this.threads.set(full ? '' : key, thread);
    }
    return thread;
  }

  private role(key: number, at: number): 'pid' | 'tid' | 'name' | null {
    let role = this.roleOf.get(key);
    if (role === undefined) {
      const name = this.text(key, at).toLowerCase();
      role = Object.hasOwn(roles, name) ? (roles[name] ?? null) : null;
      this.roleOf.set(key, role);
    }
    return role;
  }
}
