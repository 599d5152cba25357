const categories = ['tea', 'coffee', 'cups', 'kettles', 'books', 'sweets', 'spices', 'gifts'];

const catalogue = Array.from({ length: 40_000 }, (_, index) => ({
  sku: index.toString(36),
  category: categories[index % categories.length],
  listCents: 250 + ((index * 7919) % 9000),
}));

const discounts = Array.from({ length: 120 }, (_, index) => ({
  code: `code-${index}`,
  category: categories[(index * 5) % categories.length],
  fromCents: 500 + index * 130,
  percent: 1 + (index % 3),
}));

const prices = new Map();
recalculate();

/** In cents, or undefined for an unknown product. */
export function priceOf(sku) {
  return prices.get(sku);
}

export function setDiscount({ code, percent }) {
  const discount = discounts.find((each) => each.code === code);
  if (!discount) return { status: 404, body: { error: 'There is no such discount.' } };
  if (!(percent >= 0 && percent <= 90)) return { status: 422, body: { error: 'percent must be from 0 to 90.' } };
  discount.percent = percent;
  recalculate();
  return { status: 200, body: { code, percent, products: prices.size } };
}

/** Works out every price, so that orders find theirs ready. */
function recalculate() {
  for (const product of catalogue) {
    prices.set(product.sku, discounted(product));
  }
}

/** What a product costs after all discounts that apply to it, one upon the other. */
function discounted({ category, listCents }) {
  let cents = listCents;
  for (const discount of discounts) {
    if (discount.category === category && listCents >= discount.fromCents) cents *= 1 - discount.percent / 100;
  }
  return Math.round(cents);
}
