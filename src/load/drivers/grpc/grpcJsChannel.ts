import { isIPv6 } from 'node:net';
import { createSecureContext, type ConnectionOptions } from 'node:tls';
import { Channel, ChannelCredentials, type ChannelOptions } from '@grpc/grpc-js';
import type { Endpoint } from '../connectTo.ts';
import type { GrpcTarget } from './options.ts';

/** A channel over a connection of its own: none is shared, no proxy, and one attempt a call, so that what is measured is one. */
export function newChannel({ endpoint, authority, tls }: GrpcTarget, options: ChannelOptions = {}): Channel {
  return new Channel(uriOf(endpoint), tls ? encrypted(tls) : ChannelCredentials.createInsecure(), {
    'grpc.use_local_subchannel_pool': 1,
    'grpc.enable_retries': 0,
    'grpc.enable_http_proxy': 0,
    'grpc.enable_channelz': 0,
    'grpc.service_config_disable_resolution': 1,
    'grpc.default_authority': authority,
    ...(tls?.servername !== undefined && { 'grpc.ssl_target_name_override': tls.servername }),
    ...options,
  });
}

function uriOf(endpoint: Endpoint): string {
  if ('socketPath' in endpoint) return `unix:${endpoint.socketPath}`;
  const { address, port } = endpoint;
  return isIPv6(address) ? `ipv6:[${address}]:${port}` : `ipv4:${address}:${port}`;
}

function encrypted(tls: ConnectionOptions): ChannelCredentials {
  const { rejectUnauthorized = true } = tls;
  return ChannelCredentials.createFromSecureContext(createSecureContext(tls), { rejectUnauthorized });
}
