/**
 * How the Rust service with a hundred crates is built, for the test that measures it. What is built of the crates outlives the run: they
 * change with the lock file only. As they come, not optimised, they are built in half the time; they are not what is profiled.
 */
import { join } from 'node:path';
import { root, toolsDirectory } from './setUp.mjs';

const target = join(toolsDirectory, 'cargo-target');

export const tonicBuild = {
  command: 'cargo',
  args: [
    ...['build', '--locked', '--profile', 'profiling', '--target-dir', target],
    ...['--config', 'profile.profiling.package."*".opt-level=0'],
    ...['--config', 'profile.profiling.package."*".debug=false'],
  ],
  cwd: join(root, 'test/fixtures/services/grpc-tonic'),
};

export const tonicProgram = join(target, 'profiling/grpc-tonic');
