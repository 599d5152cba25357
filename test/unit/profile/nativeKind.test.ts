import assert from 'node:assert/strict';
import { test } from 'node:test';
import { foreignKind, nativeKind } from '../../../src/profile/nativeKind.ts';
import { FrameKind } from '../../../src/profile/tables.ts';

const nameOf = (kind: FrameKind): string =>
  Object.entries(FrameKind).find(([, value]) => value === kind)?.[0] ?? String(kind);

test('whose code a compiled function is, from its name, object and source', () => {
  const told: readonly (readonly [name: string, object: string, source: string, kind: keyof typeof FrameKind])[] = [
    ['do_sys_open', '[kernel.kallsyms]', '', 'kernel'],
    ['nft_do_chain', '[nf_tables]', '', 'kernel'],
    ['ext4_read', '/lib/modules/6.1/ext4.ko.zst', '', 'kernel'],
    ['kvm_run', '[guest.kernel.kallsyms]', '', 'kernel'],
    ['start_kernel', '/usr/lib/debug/boot/vmlinux-6.1', '', 'kernel'],
    ['default_idle', '[kernel.kallsyms]', '', 'idle'],
    ['v8::internal::Scavenger::Process', '/opt/node/bin/node', '', 'gc'],
    ['runtime.gcDrain', '/srv/app/service', '/usr/local/go/src/runtime/mgcmark.go', 'gc'],
    ['runtime.gcWriteBarrier', '/srv/app/service', '/usr/local/go/src/runtime/asm_amd64.s', 'runtime'],
    ['runtime.(*mspan).sweep', '/srv/app/service', '', 'gc'],
    ['main.checksum', '/srv/app/service', '/srv/app/main.go', 'user'],
    ['main.main', '/srv/app/service', '', 'user'],
    ['hash/crc32.update', '/srv/app/service', 'hash/crc32/crc32.go', 'runtime'],
    ['runtime.mallocgc', '/srv/app/service', '', 'runtime'],
    ['example.org/queue.Push', '/srv/app/service', '/home/x/go/pkg/mod/example.org/queue@v1/queue.go', 'library'],
    ['core::ptr::drop_in_place', '/srv/app/service', '', 'runtime'],
    ['<core::str as Display>::fmt', '/srv/app/service', '/rustc/abc/library/core/src/fmt/mod.rs', 'runtime'],
    [
      'tonic::body::Body::new',
      '/srv/app/service',
      '/home/x/.cargo/registry/src/index/tonic-0.14/src/body.rs',
      'library',
    ],
    ['service::checksum', '/srv/app/service', '/srv/app/src/main.rs', 'user'],
    ['std::sort', '/srv/app/service', '/usr/include/c++/14/bits/stl_algo.h', 'runtime'],
    ['boost::asio::read', '/srv/app/service', '/usr/include/boost/asio/read.hpp', 'library'],
    ['malloc', '/usr/lib/x86_64-linux-gnu/libc.so.6', './malloc/malloc.c', 'native'],
    ['ev_run', '/srv/app/lib/libev.so.4', '', 'library'],
    ['Builtins_ArrayMap', '/usr/local/bin/node', '', 'native'],
    ['clock_gettime', '[vdso]', '', 'native'],
    ['', '', '', 'native'],
    ['handle', '', 'src/handle.c', 'user'],
    ['[unknown]', '/srv/app/service', '', 'user'],
  ];
  for (const [name, object, source, kind] of told)
    assert.equal(nameOf(nativeKind(name, object, source)), kind, `${name} of ${object} in ${source}`);
});

test('whose code a frame of a format for all languages is', () => {
  const told: readonly (readonly [name: string, file: string, kind: keyof typeof FrameKind])[] = [
    ['(garbage collector)', '', 'gc'],
    ['(idle)', '', 'idle'],
    ['[unknown]', '', 'native'],
    ['render', '', 'user'],
    ['emit', 'node:events', 'runtime'],
    ['get', '/srv/app/node_modules/lru/index.js', 'library'],
    ['handle', '/srv/app/handle.py', 'user'],
    ['loads', '/usr/lib/python3.13/json/__init__.py', 'runtime'],
    ['bootstrap', '<frozen importlib._bootstrap>', 'runtime'],
  ];
  for (const [name, file, kind] of told) assert.equal(nameOf(foreignKind(name, file)), kind, `${name} in ${file}`);
});
