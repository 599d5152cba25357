import { gzipSync } from 'node:zlib';
import { priceOf } from './prices.js';

/** The latest orders, in a ring: a day's worth in a small shop. */
const capacity = 2000;
const orders = [];
let placed = 0;

export function placeOrder(order) {
  const { sku, quantity = 1 } = order ?? {};
  const cents = typeof sku === 'string' ? priceOf(sku) : undefined;
  if (cents === undefined) return { status: 404, body: { error: 'There is no such product.' } };
  if (!Number.isInteger(quantity) || quantity < 1 || quantity > 1000) {
    return { status: 422, body: { error: 'quantity must be a whole number from 1 to 1000.' } };
  }
  const stored = { id: ++placed, sku, quantity, cents: cents * quantity, placedAt: new Date().toISOString() };
  orders[(placed - 1) % capacity] = stored;
  return { status: 201, body: stored };
}

export function listOrders(count) {
  const latest = [];
  for (let id = placed; id > 0 && latest.length < count && id > placed - capacity; id--) {
    latest.push(orders[(id - 1) % capacity]);
  }
  return latest;
}

export function exportDay() {
  const lines = orders.map(({ id, sku, quantity, cents, placedAt }) => [id, sku, quantity, cents, placedAt].join(','));
  const body = gzipSync(`id,sku,quantity,cents,placedAt\n${lines.join('\n')}\n`);
  return { status: 200, body, headers: { 'content-type': 'text/csv', 'content-encoding': 'gzip' } };
}
