export const tonicBuild: { readonly command: string; readonly args: readonly string[]; readonly cwd: string };

/** Where the built service is. */
export const tonicProgram: string;
