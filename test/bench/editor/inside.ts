/** Runs inside the extension host: activates the extension, measures a scenario, and writes a CPU profile of the host for both. */
import { cpSync, writeFileSync } from 'node:fs';
import { Session } from 'node:inspector';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { Command } from '../../../src/editor/names.ts';
import { SlowpathError } from '../../../src/errors.ts';

const intervalUs = 1000;
/** After the report has been opened: heat, CodeLens and the page's questions. */
const afterwardsMs = 3000;

export async function run(): Promise<void> {
  const out = process.env['SLOWPATH_BENCH_OUT'];
  const scenario = process.env['SLOWPATH_BENCH_SCENARIO'];
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath;
  const extension = vscode.extensions.getExtension('slowpath.slowpath');
  if (out === undefined || scenario === undefined || folder === undefined || !extension)
    throw new SlowpathError('USAGE', 'The bench opened no folder, or the extension is not there.');
  if (extension.isActive) throw new SlowpathError('INTERNAL', 'The extension was active before it was asked for.');
  const activation = await profiled(() => extension.activate());
  cpSync(scenario, folder, { recursive: true });
  const measuring = await profiled(async () => {
    const document = await vscode.workspace.openTextDocument(join(folder, 'server.js'));
    await vscode.window.showTextDocument(document);
    const chosen = { planFile: join(folder, 'slowpath.jsonc'), scenario: 'hot' };
    await vscode.commands.executeCommand(Command.profileScenario, chosen);
    await new Promise((resolve) => setTimeout(resolve, afterwardsMs));
  });
  writeFileSync(join(out, 'activation.cpuprofile'), JSON.stringify(activation.profile));
  writeFileSync(join(out, 'measuring.cpuprofile'), JSON.stringify(measuring.profile));
  writeFileSync(join(out, 'activation.json'), JSON.stringify({ wallMs: activation.wallMs }));
}

async function profiled(work: () => PromiseLike<unknown>): Promise<{ profile: object; wallMs: number }> {
  const session = new Session();
  session.connect();
  const call = (method: string, params: object = {}): Promise<object> =>
    new Promise((resolve, reject) => {
      session.post(method, params, (error, result) => (error ? reject(error) : resolve(result ?? {})));
    });
  await call('Profiler.enable');
  await call('Profiler.setSamplingInterval', { interval: intervalUs });
  await call('Profiler.start');
  const started = performance.now();
  await work();
  const wallMs = performance.now() - started;
  const { profile } = (await call('Profiler.stop')) as { profile: object };
  session.disconnect();
  return { profile, wallMs };
}
