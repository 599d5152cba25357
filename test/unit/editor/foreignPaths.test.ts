import assert from 'node:assert/strict';
import { test } from 'node:test';
import { matchingFiles, namesFunctions, segmentsOf } from '../../../src/editor/foreignPaths.ts';

/** Foreign path → file, for a workspace at /ws. */
function matches(foreign: string[], workspace: string[]): Record<string, string> {
  return Object.fromEntries(matchingFiles(foreign, workspace));
}

test('a path falls into its names, whatever wrote it', () => {
  for (const path of [
    '/app/src/a.js',
    'C:\\app\\src\\a.js',
    'file:///app/src/a.js',
    'webpack://app/./src/a.js',
    'app/src/a.js?v=1#x',
  ])
    assert.deepEqual(
      segmentsOf(path).slice(-3),
      path.startsWith('C') ? ['app', 'src', 'a.js'] : ['app', 'src', 'a.js'],
    );
});

test('the file that ends like a foreign path stands for it', () => {
  assert.deepEqual(matches(['/app/src/server.js'], ['/ws/src/server.js', '/ws/src/other.js']), {
    '/app/src/server.js': '/ws/src/server.js',
  });
  // The longer end decides.
  assert.deepEqual(matches(['/app/src/server.js'], ['/ws/src/server.js', '/ws/test/server.js']), {
    '/app/src/server.js': '/ws/src/server.js',
  });
});

test('where two would do there is none', () => {
  assert.deepEqual(matches(['/app/server.js'], ['/ws/a/server.js', '/ws/b/server.js']), {});
  assert.deepEqual(matches(['/app/server.js', '/lib/server.js'], ['/ws/src/server.js']), {});
  assert.deepEqual(matches(['/app/server.js'], ['/ws/src/myserver.js']), {});
  assert.deepEqual(matches([''], ['/ws/a.js']), {});
});

test('of several that claim a file only the one that is most like it has it', () => {
  assert.deepEqual(matches(['/usr/lib/go/src/net/http/server.go', '/build/cmd/server.go'], ['/ws/cmd/server.go']), {
    '/build/cmd/server.go': '/ws/cmd/server.go',
  });
});

test('a file that names the functions is the one, a namesake is not', () => {
  const text = 'package main\nfunc (s *Server) handle() { work() }\nfunc work() {}\n';
  assert.ok(namesFunctions(text, ['main.(*Server).handle', 'main.work.func1']));
  assert.ok(namesFunctions(text, ['app::handle::{{closure}}', 'void work<std::string>(int)']));
  assert.equal(namesFunctions(text, ['net/http.(*conn).serve', 'net/http.HandlerFunc.ServeHTTP']), false);
  // One of three by chance.
  assert.equal(namesFunctions(text, ['net/http.(*conn).serve', 'net/http.work', 'net/http.listen']), false);
  assert.equal(namesFunctions(text, ['(anonymous)', '']), false);
});
