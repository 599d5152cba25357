/** The bundler (scripts/build.mjs) resolves `….ts?bundled` to the text of that file's bundle. */
declare module '*?bundled' {
  const source: string;
  export default source;
}
