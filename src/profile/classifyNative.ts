import { frameKind } from './classify.ts';
import { FrameKind } from './tables.ts';

/** Go's collector works in the application's own goroutines as well as in some of its own. */
const goCollector =
  /^runtime\.(?:gc(?!WriteBarrier)[A-Z(]|bgsweep|bgscavenge|mark|scan(?:object|block|stack)|sweepone|\(\*(?:gcWork|sweep|mspan\)\.sweep))/;

/** Registries and vendored sources of Go, Rust, Python, Node and the system. */
const libraryPath =
  /(?:^|[/\\])(?:pkg[/\\]mod|vendor|node_modules|site-packages|dist-packages|\.cargo[/\\]registry|\.rustup)[/\\]|^\/usr\/(?:include|lib)\//;

/** Sources of the language itself: Go's tree, Rust's standard library, Python's. */
const runtimePath =
  /[/\\](?:go[\d.]*[/\\]src|lib[/\\]python[\d.]+)[/\\]|^\/rustc\/|^library[/\\](?:std|core|alloc)[/\\]|^<frozen /;

/** Go's own packages in a binary built with -trimpath: `hash/crc32/crc32.go`. Other modules have a dot in their first part. */
const goPackage =
  /^(?:archive|bufio|bytes|cmp|compress|container|context|crypto|database|debug|encoding|errors|expvar|flag|fmt|go|hash|html|image|index|internal|io|iter|log|maps|math|mime|net|os|path|plugin|reflect|regexp|runtime|slices|sort|strconv|strings|sync|syscall|testing|text|time|unicode|unique|unsafe|vendor|weak)\/.*\.(?:go|s)$/;

/**
 * What a frame of a compiled or interpreted program is, from its name, source file and binary.
 * @param module path of the binary or library, `[kernel.kallsyms]`, or '' if unknown.
 */
export function nativeFrameKind(name: string, file: string, module: string): FrameKind {
  if (/^\[(?:kernel|guest\.kernel)|^\/proc\/k(?:core|allsyms)|\bvmlinux|\.ko(?:\.\w+)?$/.test(module))
    return FrameKind.kernel;
  if (goCollector.test(name)) return FrameKind.gc;
  if (/^(?:runtime|internal\/runtime\/\w+)\./.test(name) || runtimePath.test(file) || goPackage.test(file))
    return FrameKind.runtime;
  if (libraryPath.test(file)) return FrameKind.library;
  return file === '' ? FrameKind.native : FrameKind.user;
}

/** What a frame of a format for all languages is: V8's own by their names, Node's by their files, the rest as compiled code. */
export function foreignFrameKind(name: string, file: string): FrameKind {
  if (file === '') {
    const kind = frameKind(name, '');
    // These formats leave files out as a rule: only what says so is native.
    return kind === FrameKind.native && !/^[[(]/.test(name) ? FrameKind.user : kind;
  }
  if (file.startsWith('node:') || file.startsWith('internal/')) return FrameKind.runtime;
  return nativeFrameKind(name, file, '');
}
