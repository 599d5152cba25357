import { frameKind } from './classify.ts';
import { FrameKind } from './tables.ts';

/** Of a function whose object has no symbol for it, as perf writes it. */
export const unnamed = '[unknown]';

/** The kernel's ways of waiting for work, as perf names them: a system-wide recording samples them. */
const idleSymbols =
  /^(?:(?:pv_)?native_safe_halt|default_idle\w*|cpu_idle\w*|intel_idle\w*|acpi_(?:safe_halt|idle\w*|processor_ffh\w*)|mwait_idle\w*|cpuidle_\w+|arch_cpu_idle|poll_idle|do_idle)$/;

/** Collectors by their own names: V8's in C++, Go's (which works in the application's goroutines too), the JVM's. */
const gcSymbols = new RegExp(
  [
    '^v8::internal::(?:Heap::(?:CollectGarbage|PerformGarbageCollection|Scavenge|MarkCompact|MinorMarkSweep)|Scavenger|MarkCompactCollector|MarkingVisitor|ConcurrentMarking|MinorMarkSweepCollector|YoungGeneration\\w+|Sweeper)',
    '^runtime\\.(?:gc(?!WriteBarrier)[A-Z(]|bgsweep|bgscavenge|mark|greyobject|scan(?:object|block|stack)|sweepone|\\(\\*(?:gcWork|sweep|mspan\\)\\.sweep))',
    '^(?:G1|ZCollected|ShenandoahH|Parallel)\\w*(?:GC|Collect|Heap|Task)\\w*::',
  ].join('|'),
);

/** Sources of the language itself: Go's tree, Rust's standard library, C++'s headers, Python's. */
const runtimePath =
  /[/\\](?:go[\d.]*[/\\]src|lib[/\\]python[\d.]+|rustlib|libstdc\+\+)[/\\]|^\/rustc\/|^library[/\\](?:std|core|alloc)[/\\]|^<frozen |^\/usr\/include\/(?:c\+\+|[\w-]+\/(?:bits|sys|c\+\+))\//;

/** Registries and vendored sources of Go, Rust, Python, Node and the system. */
const libraryPath =
  /(?:^|[/\\])(?:pkg[/\\]mod|vendor|node_modules|site-packages|dist-packages|\.cargo[/\\](?:registry|git)|\.rustup)[/\\]|^\/usr\/(?:include|lib)\//;

/** Go's own packages in a binary built with -trimpath: `hash/crc32/crc32.go`. Other modules have a dot in their first part. */
const goPackage =
  /^(?:archive|bufio|bytes|cmp|compress|container|context|crypto|database|debug|encoding|errors|expvar|flag|fmt|go|hash|html|image|index|internal|io|iter|log|maps|math|mime|net|os|path|plugin|reflect|regexp|runtime|slices|sort|strconv|strings|sync|syscall|testing|text|time|unicode|unique|unsafe|vendor|weak)\/.*\.(?:go|s)$/;

/** What the language brings along, compiled into the person's own binary. */
const languageRuntime =
  /^(?:<(?:(?:[iu](?:8|16|32|64|128|size)|f32|f64|bool|char|str|&?\[.*?\]|\(.*?\)) as |&|\*(?:const|mut) |\[|\(|dyn )*)?(?:std|core|alloc|__rustc|rust_begin|__rust_\w+|__gnu_cxx|__cxxabiv1|runtime)(?:::|\.(?!main$)|$)|^(?:_start|__libc_\w+|__rust_\w+|_Unwind_\w+|__cxa_\w+|(?:internal\/runtime\/\w+|runtime)\.\w.*)$/;

const systemFolders = /^\/(?:usr\/)?(?:lib|lib32|lib64|libexec)\//;

/** Programs that run other people's code: what they are made of is not the code of the person. */
const interpreters = /\/(?:node|nodejs|deno|bun|python(?:\d[\d.]*)?|ruby|java|perl|php[\d.]*|dotnet|qemu-[\w-]+)$/;

/** Whether a `dso` of perf is the kernel or one of its modules (`[nf_tables]`, `/lib/modules/…/x.ko.zst`, a guest's). */
export function isKernelObject(object: string): boolean {
  if (/\.ko(?:\.\w+)?$|^\/proc\/k(?:core|allsyms)|\bvmlinux/.test(object)) return true;
  if (!object.startsWith('[')) return false;
  return !/^\[(?:vdso|vsyscall|vectors|unknown|stack|heap|anon|uprobes|JIT)/.test(object);
}

/**
 * What a function of a compiled program is, from its name, the object it was loaded from and its source file ('' where unknown). A function
 * of the person's own binary is theirs unless the language put it there; so is one of which only the source is known.
 */
export function nativeKind(name: string, object: string, source: string): FrameKind {
  if (isKernelObject(object)) return idleSymbols.test(name) ? FrameKind.idle : FrameKind.kernel;
  if (gcSymbols.test(name)) return FrameKind.gc;
  if (runtimePath.test(source) || goPackage.test(source)) return FrameKind.runtime;
  if (libraryPath.test(source)) return FrameKind.library;
  if (languageRuntime.test(name)) return FrameKind.runtime;
  if (systemFolders.test(object) || interpreters.test(object)) return FrameKind.native;
  if (/\.so(?:\.[\d.]+)?(?: \(deleted\))?$/.test(object)) return FrameKind.library;
  if (source !== '') return FrameKind.user;
  return object === '' || object.startsWith('[') ? FrameKind.native : FrameKind.user;
}

/** What a frame of a format for all languages is: V8's own by their names, Node's by their files, the rest as compiled code. */
export function foreignKind(name: string, file: string): FrameKind {
  if (file === '') {
    const kind = frameKind(name, '');
    // These formats leave files out as a rule: only what says so is native.
    return kind === FrameKind.native && !/^[[(]/.test(name) ? FrameKind.user : kind;
  }
  if (file.startsWith('node:') || file.startsWith('internal/')) return FrameKind.runtime;
  return nativeKind(name, '', file);
}

/** A frame of a Python program, from its file. */
export function pythonKind(file: string): FrameKind {
  if (/[/\\](?:site|dist)-packages[/\\]/.test(file)) return FrameKind.library;
  if (/[/\\]lib[/\\]python\d[\d.]*[/\\]/.test(file) || file.startsWith('<')) return FrameKind.runtime;
  return frameKind('', file);
}
