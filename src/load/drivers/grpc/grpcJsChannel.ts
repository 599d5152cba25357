import { isIPv6 } from 'node:net';
import { Channel, credentials, type ChannelCredentials, type ChannelOptions } from '@grpc/grpc-js';
import type { GrpcAddress, GrpcTls } from './options.ts';

/** A channel over a connection of its own: none is shared, no proxy, and one attempt a call, so that what is measured is one. */
export function newChannel(target: GrpcAddress, options: ChannelOptions = {}): Channel {
  const { address, port, authority, tls } = target;
  const uri = isIPv6(address) ? `ipv6:[${address}]:${port}` : `ipv4:${address}:${port}`;
  return new Channel(uri, tls ? encrypted(tls) : credentials.createInsecure(), {
    'grpc.use_local_subchannel_pool': 1,
    'grpc.enable_retries': 0,
    'grpc.enable_http_proxy': 0,
    'grpc.enable_channelz': 0,
    'grpc.service_config_disable_resolution': 1,
    'grpc.default_authority': authority,
    ...(tls && { 'grpc.ssl_target_name_override': tls.serverName }),
    ...options,
  });
}

function encrypted({ ca, key, cert, insecure }: GrpcTls): ChannelCredentials {
  const bytes = (pem: string | Buffer | undefined) => (pem === undefined ? null : Buffer.from(pem));
  const verify = insecure ? { rejectUnauthorized: false, checkServerIdentity: () => undefined } : {};
  return credentials.createSsl(bytes(ca), bytes(key), bytes(cert), verify);
}
