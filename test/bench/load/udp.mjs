import { pingPong } from './pingPong.mjs';

export function udp() {
  return pingPong('udp', 21_112);
}
