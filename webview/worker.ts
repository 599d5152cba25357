/** The page's Web Worker: unpacks and analyses away from the thread that paints. Started from a Blob (workerClient.ts). */
import { asSlowpathError } from '../src/errors.ts';
import type { WorkerCall, WorkerReply } from './model/messages.ts';
import { Session } from './model/session.ts';
import { transferables } from './model/transfer.ts';

const session = new Session();
const scope = self as unknown as { postMessage(message: WorkerReply, transfer: Transferable[]): void };

addEventListener('message', (event: MessageEvent<WorkerCall>) => {
  const { id, request } = event.data;
  const started = performance.now();
  try {
    const answer = session.answer(request);
    scope.postMessage({ id, answer, tookMs: performance.now() - started }, transferables(answer));
  } catch (thrown) {
    const error = asSlowpathError(thrown);
    scope.postMessage({ id, error: { code: error.code, message: error.message } }, []);
  }
});
