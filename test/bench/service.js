// About as much work a request as a small JSON service does: parse, touch, serialise.
import { createServer } from 'node:http';

const orders = Array.from({ length: 40 }, (_, id) => ({ id, sku: `a${id}`, quantity: id % 7, price: id * 1.25 }));
const text = JSON.stringify(orders);

createServer((request, response) => {
  const parsed = JSON.parse(text);
  for (const order of parsed) order.total = order.quantity * order.price;
  const body = JSON.stringify(parsed);
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) });
  response.end(body);
}).listen(Number(process.env.PORT), '127.0.0.1', () => process.stdout.write('listening\n'));
