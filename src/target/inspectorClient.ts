/** Commands over a Chrome DevTools Protocol WebSocket (global in Node 22 and newer). */
const ANSWER_MS = 5000;

export class InspectorClient {
  private readonly socket: WebSocket;
  private readonly waiting = new Map</* id */ number, PromiseWithResolvers<Readonly<Record<string, unknown>>>>();
  private readonly listeners = new Map</* method */ string, (params: unknown) => void>();
  private nextId = 1;

  private constructor(socket: WebSocket) {
    this.socket = socket;
    socket.addEventListener('message', ({ data }) => this.receive(String(data)));
    socket.addEventListener('close', () => {
      for (const each of this.waiting.values()) each.reject(new Error('the inspector closed the connection'));
      this.waiting.clear();
    });
  }

  /** Rejects if nothing answers there within 5 s. */
  static async connect(url: string): Promise<InspectorClient> {
    const socket = new WebSocket(url);
    const timer = setTimeout(() => socket.close(), ANSWER_MS);
    try {
      await new Promise<void>((resolve, reject) => {
        socket.addEventListener('open', () => resolve());
        socket.addEventListener('error', () =>
          reject(
            new Error(
              'no inspector answers there; start the service with --inspect and take the address that it prints',
            ),
          ),
        );
        socket.addEventListener('close', () => reject(new Error('the inspector closed the connection')));
      });
    } finally {
      clearTimeout(timer);
    }
    return new InspectorClient(socket);
  }

  async call(method: string, params: object = {}): Promise<Readonly<Record<string, unknown>>> {
    const id = this.nextId++;
    const answer = Promise.withResolvers<Readonly<Record<string, unknown>>>();
    this.waiting.set(id, answer);
    const timer = setTimeout(
      () =>
        answer.reject(
          new Error(`${method} was not answered within 5 s: the event loop is busy, or stopped at a breakpoint`),
        ),
      ANSWER_MS,
    );
    try {
      this.socket.send(JSON.stringify({ id, method, params }));
      return await answer.promise;
    } finally {
      clearTimeout(timer);
      this.waiting.delete(id);
    }
  }

  /** The value of an expression in the process's global scope; `require` is there. Rejects if it throws. */
  async evaluate(expression: string): Promise<unknown> {
    const { result, exceptionDetails } = await this.call('Runtime.evaluate', {
      expression,
      includeCommandLineAPI: true,
      returnByValue: true,
    });
    if (exceptionDetails !== undefined) throw new Error(textOfException(exceptionDetails));
    return typeof result === 'object' && result !== null ? Reflect.get(result, 'value') : undefined;
  }

  on(method: string, listener: (params: unknown) => void): void {
    this.listeners.set(method, listener);
  }

  close(): Promise<void> {
    if (this.socket.readyState === WebSocket.CLOSED) return Promise.resolve();
    const closed = new Promise<void>((resolve) => this.socket.addEventListener('close', () => resolve()));
    this.socket.close();
    return closed;
  }

  private receive(text: string): void {
    let message: unknown;
    try {
      message = JSON.parse(text);
    } catch {
      return;
    }
    if (typeof message !== 'object' || message === null) return;
    const { id, method, params, result, error } = message as Partial<Record<string, unknown>>;
    if (typeof method === 'string') this.listeners.get(method)?.(params);
    const waiting = typeof id === 'number' ? this.waiting.get(id) : undefined;
    if (!waiting) return;
    if (typeof error === 'object' && error !== null) waiting.reject(new Error(String(Reflect.get(error, 'message'))));
    else waiting.resolve((result ?? {}) as Readonly<Record<string, unknown>>);
  }
}

function textOfException(details: unknown): string {
  const exception: unknown = typeof details === 'object' && details !== null ? Reflect.get(details, 'exception') : null;
  const description: unknown =
    typeof exception === 'object' && exception !== null ? Reflect.get(exception, 'description') : null;
  return typeof description === 'string' ? (description.split('\n')[0] ?? '') : 'an exception';
}
