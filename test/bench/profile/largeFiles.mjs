/**
 * Profiles as large as long recordings make them, one writer a format. Their content is that of real ones in kind: thousands of functions, paths that
 * share their beginnings, a trace whose most events are no samples.
 */
import { closeSync, openSync, writeSync } from 'node:fs';
import { seededRandom } from '../../../src/trace/random.ts';

const megabyte = 2 ** 20;
const functionCount = 6000;
const pathCount = 20_000;

/** @type {Record<string, {file: string, megabytes: number, write: (file: string, megabytes: number) => void}>} */
export const largeFiles = {
  'Chrome trace': { file: 'large-trace.json', megabytes: 900, write: writeChromeTrace },
  'perf script': { file: 'large.perf.txt', megabytes: 1024, write: writePerfScript },
  'collapsed stacks': { file: 'large.collapsed', megabytes: 600, write: writeCollapsed },
  'V8 log': { file: 'large-v8log.json', megabytes: 600, write: writeV8Log },
  heapprofile: { file: 'large.heapprofile', megabytes: 300, write: writeHeapProfile },
};

/** Paths of 8 to 40 functions that share their beginnings. */
function pathsOf(next) {
  const paths = [[0]];
  while (paths.length < pathCount) {
    const from = paths[Math.floor(next() * paths.length)];
    const path = from.slice(0, 1 + Math.floor(next() * from.length));
    const depth = 8 + Math.floor(next() * 32);
    while (path.length < depth) path.push(Math.floor(next() * functionCount));
    paths.push(path);
  }
  return paths;
}

/** Writes what `pieces` gives until it is this large, then its end. */
function writeUntil(file, megabytes, pieces, end = '') {
  const descriptor = openSync(file, 'w');
  let written = 0;
  let text = '';
  for (const piece of pieces) {
    text += piece;
    if (text.length < megabyte) continue;
    written += writeSync(descriptor, text);
    text = '';
    if (written >= megabytes * megabyte) break;
  }
  writeSync(descriptor, text + end);
  closeSync(descriptor);
}

const url = (index) => `https://shop.example/assets/app-${index % 97}.js`;

function writeChromeTrace(file, megabytes) {
  writeUntil(file, megabytes, traceEvents(), '\n],"metadata":{"source":"DevTools","dataOrigin":"TraceEvents"}}');
}

/** A page that works for minutes: of the events a few are samples, as in what DevTools saves. */
function* traceEvents() {
  const next = seededRandom(1);
  const paths = pathsOf(next);
  const [pid, tid] = [4321, 4322];
  const common = `"pid":${pid},"tid":${tid}`;
  yield `{"traceEvents":[\n{"args":{"name":"CrRendererMain"},"cat":"__metadata","name":"thread_name","ph":"M",${common},"ts":0}`;
  yield `,\n{"args":{"data":{"startTime":1000000}},"cat":"disabled-by-default-v8.cpu_profiler","id":"0x1","name":"Profile","ph":"P",${common},"ts":1000000}`;
  const nodes = new Map();
  for (let ts = 1_000_000; ; ts += 12_800) {
    const fresh = [];
    const samples = [];
    while (samples.length < 100) {
      let parent = 0;
      for (const each of paths[Math.floor(next() ** 2 * pathCount)]) {
        const key = `${parent} ${each}`;
        let id = nodes.get(key);
        if (id === undefined) {
          id = nodes.size + 1;
          nodes.set(key, id);
          const called = `"callFrame":{"codeType":"JS","functionName":"render${each}","lineNumber":${each % 900},"columnNumber":12,"scriptId":${each % 97},"url":"${url(each)}"}`;
          fresh.push(`{${called},"id":${id}${parent === 0 ? '' : `,"parent":${parent}`}}`);
        }
        parent = id;
      }
      for (let repeat = 0; repeat < 4; repeat++) samples.push(parent);
    }
    const deltas = samples.map(() => 128);
    yield `,\n{"args":{"data":{"cpuProfile":{"nodes":[${fresh.join(',')}],"samples":[${samples.join(',')}]},"lines":[${samples.map(() => 1 + Math.floor(next() * 900)).join(',')}],"timeDeltas":[${deltas.join(',')}]}},"cat":"disabled-by-default-v8.cpu_profiler","id":"0x1","name":"ProfileChunk","ph":"P",${common},"ts":${ts}}`;
    for (let event = 0; event < 60; event++) {
      const at = ts + event * 200;
      yield `,\n{"args":{"data":{"columnNumber":12,"frame":"A1B2C3D4","functionName":"render${event}","isolate":"84412341","lineNumber":${event},"scriptId":"${event}","url":"${url(event)}"}},"cat":"devtools.timeline","dur":${Math.floor(next() * 190)},"name":"FunctionCall","ph":"X",${common},"tdur":12,"ts":${at},"tts":${at}}`;
    }
  }
}

function writePerfScript(file, megabytes) {
  writeUntil(file, megabytes, perfSamples());
}

function* perfSamples() {
  const next = seededRandom(2);
  const paths = pathsOf(next);
  for (let sample = 0; ; sample++) {
    const thread = 4000 + (sample & 7);
    let text = `worker ${sample & 7} ${thread} [00${sample & 3}] ${(1000 + sample / 8000).toFixed(6)}:    1000000 cpu-clock: \n`;
    for (const each of paths[Math.floor(next() ** 2 * pathCount)].toReversed()) {
      const offset = Math.floor(next() * 512);
      text += `\t${(0x55d000000000 + each * 4096 + offset).toString(16).padStart(16)} acme::Component${each % 61}::method${each}+0x${offset.toString(16)} (/srv/app/bin/server)\n`;
    }
    yield `${text}\n`;
  }
}

function writeCollapsed(file, megabytes) {
  writeUntil(file, megabytes, collapsedLines());
}

function* collapsedLines() {
  const next = seededRandom(3);
  const paths = pathsOf(next);
  for (;;) {
    const path = paths[Math.floor(next() ** 2 * pathCount)];
    const names = path.map((each) => `com/acme/part${each % 97}/Service${each}.handle_[j]`);
    yield `${names.join(';')} ${1 + Math.floor(next() * 9)}\n`;
  }
}

function writeV8Log(file, megabytes) {
  writeUntil(file, megabytes, v8LogText(), '],"scripts":[]}\n');
}

function* v8LogText() {
  const next = seededRandom(4);
  const paths = pathsOf(next);
  const codes = Array.from(
    { length: functionCount },
    (_, id) =>
      `{"name":"handle${id} /srv/app/part${id % 97}.js:${1 + (id % 900)}:7","type":"JS","kind":"Opt","size":512,"func":${id},"tm":100}`,
  );
  const functions = codes.map(
    (_, id) => `{"name":"handle${id} /srv/app/part${id % 97}.js:${1 + (id % 900)}:7","codes":[${id}]}`,
  );
  yield `{"code":[${codes.join(',\n')}],"functions":[${functions.join(',\n')}],"ticks":[{"tm":1000,"vm":6,"s":[-1,1]}`;
  for (let tm = 2000; ; tm += 1000) {
    const stack = paths[Math.floor(next() ** 2 * pathCount)].toReversed();
    yield `,\n{"tm":${tm},"vm":0,"s":[${stack.map((each) => `${each},${Math.floor(next() * 512)}`).join(',')}]}`;
  }
}

function writeHeapProfile(file, megabytes) {
  writeUntil(file, megabytes, heapText(megabytes * megabyte), '],"id":1},"samples":[]}');
}

/** One subtree a path, each with the nodes of its own. */
function* heapText() {
  const next = seededRandom(5);
  const paths = pathsOf(next);
  const frameOf = (name, script, file, line) =>
    `"callFrame":{"functionName":"${name}","scriptId":"${script}","url":"${file}","lineNumber":${line},"columnNumber":4}`;
  yield `{"head":{${frameOf('(root)', 0, '', -1)},"selfSize":0,"children":[`;
  for (let id = 2, first = true; ; first = false) {
    const path = paths[Math.floor(next() * pathCount)];
    const open = path.map(
      (each) =>
        `{${frameOf(`allocate${each}`, each % 97, `file:///srv/app/part${each % 97}.js`, each % 900)},"selfSize":${Math.floor(next() * 4096)},"id":${id++},"children":[`,
    );
    yield `${first ? '' : ','}${open.join('')}${']}'.repeat(path.length)}`;
  }
}
