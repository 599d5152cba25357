/** Entry of the report page: the same bundle in the editor's webview and in a standalone file. */
import './locale.ts';
import { render } from 'preact';
import { App } from './app.tsx';
import { connectHost } from './host.ts';
import { WorkerClient } from './workerClient.ts';

const host = connectHost(window);
const worker = new WorkerClient();
const root = document.getElementById('app') ?? document.body.appendChild(document.createElement('div'));
root.id = 'app';
if (host.kind === 'file') document.documentElement.classList.add('standalone');

addEventListener('error', (event) => host.post({ type: 'pageError', message: event.message }));
addEventListener('unhandledrejection', (event) => host.post({ type: 'pageError', message: String(event.reason) }));

render(<App host={host} worker={worker} />, root);
