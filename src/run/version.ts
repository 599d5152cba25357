import manifest from '../../package.json' with { type: 'json' };

/** The product's version, as its package names it. */
export const slowpathVersion: string = manifest.version;
