// A handler of some 200 µs, as a service with templates, validation and a cache has: parse an order, price it, sign it, answer.
import { createHmac } from 'node:crypto';
import { createServer } from 'node:http';

const catalogue = new Map(
  Array.from({ length: 2000 }, (_, id) => [`sku-${id}`, { price: 1 + (id % 97), weight: id % 13 }]),
);
const order = JSON.stringify({
  lines: Array.from({ length: 150 }, (_, id) => ({
    sku: `sku-${(id * 37) % 2000}`,
    quantity: 1 + (id % 5),
    note: `line ${id}`,
  })),
});

createServer((request, response) => {
  const { lines } = JSON.parse(order);
  const priced = lines
    .map((line) => ({ ...line, total: line.quantity * catalogue.get(line.sku).price }))
    .sort((a, b) => b.total - a.total);
  const body = JSON.stringify({ priced, total: priced.reduce((sum, { total }) => sum + total, 0) });
  const signature = createHmac('sha256', 'key').update(body).digest('hex');
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body), signature });
  response.end(body);
}).listen(Number(process.env.PORT), '127.0.0.1', () => process.stdout.write('listening\n'));
