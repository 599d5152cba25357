import { createServer } from 'node:http';
import { exportDay, listOrders, placeOrder } from './orders.js';
import { setDiscount } from './prices.js';

const routes = {
  'GET /health': () => ({ status: 200, body: { ok: true } }),
  'GET /orders': () => ({ status: 200, body: listOrders(20) }),
  'POST /orders': (order) => placeOrder(order),
  'PUT /discounts': (discount) => setDiscount(discount),
  'GET /export': () => exportDay(),
};

const server = createServer(async (request, response) => {
  const route = routes[`${request.method} ${request.url.split('?', 1)[0]}`];
  try {
    const { status, body, headers } = route ? await route(await readJson(request)) : { status: 404, body: {} };
    send(response, status, body, headers);
  } catch (error) {
    const status = error instanceof SyntaxError ? 400 : (error.status ?? 500);
    send(response, status, { error: error.message });
  }
});

server.listen(Number(process.env.PORT ?? 3000), '127.0.0.1', () => {
  console.log(`orders is listening on port ${server.address().port}`);
});

process.on('SIGTERM', () => {
  server.close(() => process.exit(0));
  server.closeIdleConnections();
});

const maxBodyBytes = 64 * 1024;

async function readJson(request) {
  const chunks = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += chunk.length;
    if (bytes > maxBodyBytes) throw Object.assign(new Error('The body is too large.'), { status: 413 });
    chunks.push(chunk);
  }
  return bytes === 0 ? null : JSON.parse(Buffer.concat(chunks).toString());
}

function send(response, status, body, headers = {}) {
  const bytes = Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body));
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': bytes.length, ...headers });
  response.end(bytes);
}
