import type { JsonHead, Sniff } from './sniff.ts';

/** How a file begins, and whose it is: a clause that says what opens it, or how it becomes one that opens here. */
interface Foreign {
  readonly begins: RegExp;
  readonly words: string;
}

const artTrace = 'it is a method trace of Android’s runtime (ART); profiler.firefox.com and Android Studio open it';
const collapses = 'makes collapsed stacks of it, which open';

/**
 * What other tools write and no importer reads. The beginning as Latin 1: bytes are characters.
 * Sources: perf.data-file-format.txt; JEP 328's chunk header; hprof's manual; dotnet's NetTraceFormat.md; json-slabs' FORMAT.md; art/runtime/trace.cc;
 * simpleperf's cmd_report_sample.proto; Valgrind's callgrind format; CPython's marshal.c; RFC 8878; perfetto's trace.proto.
 */
const foreign: readonly Foreign[] = [
  {
    begins: /^(?:PERFILE2|2ELIFREP)/,
    words: 'it is what perf record writes; "perf script -i FILE > FILE.txt" makes a text that opens',
  },
  {
    begins: /^FLR\0/,
    words: `it is a recording of Java’s Flight Recorder; "jfrconv -o collapsed FILE OUT" of async-profiler ${collapses}`,
  },
  { begins: /^JAVA PROFILE 1\./, words: 'it is a heap dump of Java, which holds no calls; Eclipse MAT opens it' },
  {
    begins: /^Nettrace/,
    words: 'it is a trace of .NET; "dotnet-trace convert FILE --format speedscope" makes one that opens',
  },
  {
    begins: /^\xdc\xdfJSLB/,
    words: 'it is a Firefox profile as JsonSlabs; open it at profiler.firefox.com and save it from there as JSON',
  },
  {
    begins: /^SIMPLEPERF/,
    words:
      'it is what Android’s "simpleperf report-sample --protobuf" writes; profiler.firefox.com opens it, and the text that simpleperf’s report_sample.py writes opens here',
  },
  { begins: /^(?:SLOW|\*version)/, words: artTrace },
  {
    begins: /^v8-version,/,
    words:
      'it is the log that node --prof writes; "node --prof-process --preprocess FILE > FILE.json" makes one that opens',
  },
  {
    begins: /^Analysis of sampling /,
    words: `it is what "sample" of macOS prints; stackcollapse-sample.awk of FlameGraph ${collapses}`,
  },
  {
    begins: /^<\?xml[^]{0,400}<trace-query-result/,
    words: `it is an export of Instruments; inferno-collapse-xctrace ${collapses}`,
  },
  {
    begins: /^(?:# callgrind format|(?:version: *\d+\r?\n)?(?:creator|cmd|events): )/,
    words: 'it is a profile of Callgrind or in its format; KCachegrind opens it',
  },
  {
    begins: /^--- Execution profile ---/,
    words: 'it is a summary of async-profiler; with "-o collapsed" it writes one that opens',
  },
  {
    begins:
      /^(?:PeriodType: [^\n]*\n(?:Period: |Time: )|(?:File: [^\n]*\n)?(?:Build ID: [^\n]*\n)?Type: \w+\n(?:Time|Duration|Showing))/,
    words: 'it is what "go tool pprof" prints; the file that it was made of opens',
  },
  {
    begins: /^(?:(?:goroutine|threadcreate|heap) profile: |--- (?:mutex|contention):\r?\n)/,
    words: 'it is a profile of Go as text; without "debug" in its address it comes as one that opens',
  },
  {
    begins: /^(?:\r?\n|Attaching \d+ probes?\.\.\.)*@(?:\w+)?\[\r?\n/,
    words: `it is what bpftrace prints; stackcollapse-bpftrace.pl of FlameGraph ${collapses}`,
  },
  {
    begins: /^(?:CPU +ID +FUNCTION:NAME\r?\n|(?:[^\S\n]*\n)*(?:[^\S\n]+\S*`[^\n]*\n)+[^\S\n]+\d+\r?\n)/,
    words: `it is what DTrace prints; stackcollapse.pl of FlameGraph ${collapses}`,
  },
  {
    begins: /^(?:Running Time|Weight|Bytes Used)\t(?:Self|Count)/,
    words: `it is a copy out of Instruments; stackcollapse-instruments.pl of FlameGraph ${collapses}`,
  },
  {
    begins: /^@ \S+ \[\d+ samples\]/,
    words: `it is what pmcstat prints; stackcollapse-pmc.pl of FlameGraph ${collapses}`,
  },
  {
    begins: /^[^\n]{0,200}Time and Allocation Profiling Report/,
    words: `it is a profile of GHC; inferno-collapse-ghcprof ${collapses}`,
  },
  {
    begins: /^(?:Function Stack,|Level,Function Name,)/,
    words: `it is a table of VTune or Visual Studio; inferno-collapse-vtune or inferno-collapse-vsprof ${collapses}`,
  },
  {
    begins: /^[{\xfb][)\xa9]/,
    words:
      'it is what Python’s cProfile writes, which knows no stacks; "py-spy record --format speedscope" writes one that opens',
  },
  {
    begins: /^\s*(?:<\?xml[^]{0,400}<svg|<svg)/,
    words: 'it is a picture, of which no figures can be read; open what it was drawn of',
  },
  {
    begins: /^\s*<(?:!doctype html|html)/i,
    words: `it is a page; one of async-profiler holds its stacks, and "jfrconv -o collapsed FILE OUT" ${collapses}`,
  },
  { begins: /^PK\x03\x04/, words: 'it is a zip archive; unpack it and open the profile inside' },
  { begins: /^\x28\xb5\x2f\xfd/, words: 'it is packed by Zstandard; "zstd -d FILE" unpacks it' },
  { begins: /^(?:\xfd7zXZ\0|BZh\d)/, words: 'it is packed by xz or bzip2; unpack it first' },
  { begins: /^\x7fELF/, words: 'it is a program' },
];

/** What is told by the names in the outermost object. */
const foreignKeys: readonly { readonly keys: readonly string[]; readonly words: string }[] = [
  { keys: ['snapshot'], words: 'it is a heap snapshot; the Memory panel of Chrome’s DevTools opens it' },
  {
    keys: ['profileJSON'],
    words: "it is of Firefox' old profiler Cleopatra; open it at profiler.firefox.com and save it from there",
  },
  {
    keys: ['profile', 'markers', 'fileType'],
    words: 'it is of Firefox’ Performance panel before 2022; open it at profiler.firefox.com and save it from there',
  },
  {
    keys: ['dhatFileVersion'],
    words: 'it is a heap profile of DHAT; profiler.firefox.com and dh_view.html of Valgrind open it',
  },
  {
    keys: ['linux-perf-json-version'],
    words: 'it is what perf data convert writes; "perf script > FILE.txt" makes a text that opens',
  },
  {
    keys: ['root_frame', 'sample_count'],
    words: 'it is of pyinstrument; with "-r speedscope" it writes one that opens',
  },
  {
    keys: ['mode', 'missed_samples', 'frames'],
    words: `it is of Ruby’s stackprof; "stackprof --stackcollapse" ${collapses}`,
  },
  {
    keys: ['recording', 'version'],
    words: 'it is a recording of Safari’s Web Inspector, which opens it',
  },
  { keys: ['rts_arguments', 'total_ticks'], words: 'it is a profile of GHC; speedscope.app opens it' },
  {
    keys: ['resourceProfiles'],
    words: 'it is OpenTelemetry’s format for profiles, which is still changing; its pprof opens',
  },
];

const headCharacters = 4096;

/** Whose a file is by how it begins, as a clause: nothing that an importer reads begins so. Null if nobody known. It may be cut off. */
export function foreignBeginning({ bytes }: Sniff): string | null {
  const head = new TextDecoder('latin1').decode(bytes.subarray(0, headCharacters)).replace(/^\xef\xbb\xbf/, '');
  return foreign.find(({ begins }) => begins.test(head))?.words ?? null;
}

/** Whose a file is that no importer takes for its own, as a clause; null if nobody known. */
export function foreignFile({ bytes, json }: Sniff): string | null {
  if (json) return foreignJson(json);
  return isPerfetto(bytes)
    ? 'it is a trace of Perfetto; "traceconv json FILE OUT" makes one that opens if Chrome wrote CPU profiles into it'
    : null;
}

function foreignJson({ root, keys }: JsonHead): string | null {
  if (root !== 'object') return null;
  return foreignKeys.find((each) => each.keys.every((key) => keys.has(key)))?.words ?? null;
}

const fewestPackets = 3;

/** Packets one after the other: field 1 of trace.proto, each a message whose fields have small numbers. */
function isPerfetto(bytes: Uint8Array): boolean {
  // Text that begins with an empty line.
  if (!bytes.subarray(0, headCharacters).some((byte) => byte < 9)) return false;
  let at = 0;
  let packets = 0;
  while (at < bytes.length && packets < fewestPackets) {
    if (bytes[at++] !== 0x0a) return false;
    let length = 0;
    for (let factor = 1, byte = 128; byte >= 128 && factor < 2 ** 35; factor *= 128) {
      byte = bytes[at++] ?? 0;
      length += (byte & 127) * factor;
    }
    const wire = (bytes[at] ?? 0) & 7;
    if (length < 2 || ![0, 1, 2, 5].includes(wire)) return false;
    at += length;
    packets++;
  }
  return packets > 0;
}
