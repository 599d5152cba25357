import { frameKind } from './classify.ts';
import { FrameKind } from './tables.ts';

/** Of a function whose object has no symbol for it, as perf writes it. */
export const unnamed = '[unknown]';

/** The kernel's ways of waiting for work, as perf names them: a system-wide recording samples them. */
const idleSymbols =
  /^(?:(?:pv_)?native_safe_halt|default_idle\w*|cpu_idle\w*|intel_idle\w*|acpi_(?:safe_halt|idle\w*|processor_ffh\w*)|mwait_idle\w*|cpuidle_\w+|arch_cpu_idle|poll_idle|do_idle)$/;

/** V8's collector by its C++ names. */
const gcSymbols =
  /^v8::internal::(?:Heap::(?:CollectGarbage|PerformGarbageCollection|Scavenge|MarkCompact|MinorMarkSweep)|Scavenger|MarkCompactCollector|MarkingVisitor|ConcurrentMarking|MinorMarkSweepCollector|YoungGeneration\w+|Sweeper)|^runtime\.(?:gc[A-Z]\w*|bgsweep|bgscavenge|scanobject|greyobject|markroot)|^(?:G1|ZCollected|ShenandoahH|Parallel)\w*(?:GC|Collect|Heap|Task)\w*::/;

/** What the language brings along, compiled into the person's own binary. */
const languageRuntime =
  /^(?:<(?:(?:[iu](?:8|16|32|64|128|size)|f32|f64|bool|char|str|&?\[.*?\]|\(.*?\)) as |&|\*(?:const|mut) |\[|\(|dyn )*)?(?:std|core|alloc|__rustc|rust_begin|__rust_\w+|__gnu_cxx|__cxxabiv1|runtime)(?:::|\.(?!main$)|$)|^(?:_start|__libc_\w+|__rust_\w+|_Unwind_\w+|__cxa_\w+|runtime\.\w.*)$/;

const systemFolders = /^\/(?:usr\/)?(?:lib|lib32|lib64|libexec)\//;

/** Programs that run other people's code: what they are made of is not the code of the person. */
const interpreters = /\/(?:node|nodejs|deno|bun|python(?:\d[\d.]*)?|ruby|java|perl|php[\d.]*|dotnet|qemu-[\w-]+)$/;

/** Whether a `dso` of perf is the kernel or one of its modules (`[nf_tables]`, `/lib/modules/…/x.ko.zst`). */
export function isKernelObject(object: string): boolean {
  if (/\.ko(?:\.(?:xz|gz|zst))?$/.test(object)) return true;
  if (!object.startsWith('[')) return false;
  return !/^\[(?:vdso|vsyscall|vectors|unknown|stack|heap|anon|uprobes|JIT)/.test(object);
}

/**
 * What a native function is, from its name, the object it was loaded from and its source file ('' where unknown). A function
 * of the person's own binary is theirs unless the language put it there.
 */
export function nativeKind(name: string, object: string, source: string): FrameKind {
  if (isKernelObject(object)) return idleSymbols.test(name) ? FrameKind.idle : FrameKind.kernel;
  if (gcSymbols.test(name)) return FrameKind.gc;
  if (source !== '') {
    if (/^\/rustc\/|\/(?:rustlib|go\/src|libstdc\+\+)\//.test(source) || source.startsWith('/usr/include/'))
      return FrameKind.runtime;
    if (/\/(?:\.cargo\/(?:registry|git)|go\/pkg\/mod|vendor|site-packages|dist-packages)\//.test(source))
      return FrameKind.library;
  }
  if (languageRuntime.test(name)) return FrameKind.runtime;
  if (object === '' || object.startsWith('[') || systemFolders.test(object) || interpreters.test(object))
    return FrameKind.native;
  return /\.so(?:\.[\d.]+)?(?: \(deleted\))?$/.test(object) ? FrameKind.library : FrameKind.user;
}

/** A frame of a Python program, from its file. */
export function pythonKind(file: string): FrameKind {
  if (/[/\\](?:site|dist)-packages[/\\]/.test(file)) return FrameKind.library;
  if (/[/\\]lib[/\\]python\d[\d.]*[/\\]/.test(file) || file.startsWith('<')) return FrameKind.runtime;
  return frameKind('', file);
}
