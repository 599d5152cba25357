import * as z from 'zod/mini';

export const text = z.string().check(z.maxLength(1_000_000));
export const number = z.number();
