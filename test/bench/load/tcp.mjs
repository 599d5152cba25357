import { pingPong } from './pingPong.mjs';

export function tcp() {
  return pingPong('tcp', 21_111);
}
