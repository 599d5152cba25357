import { fuzz as fuzzFile, fuzzedFiles } from '../../unit/profile/fuzzing.ts';

const inputs = Number(process.env.SLOWPATH_FUZZ_INPUTS ?? 100_000);

/** Damaged versions of every real file that the unit tests fuzz a little; other ones every time. */
export function fuzz() {
  const names = Object.keys(fuzzedFiles);
  const each = Math.ceil(inputs / names.length);
  const seed = Math.floor(Math.random() * 2 ** 31);
  const rows = { seed };
  for (const name of names) {
    const { opened, refused, slowestMs } = fuzzFile(name, each, seed);
    rows[name] = `${each} inputs: ${opened} opened, ${refused} refused, slowest ${slowestMs.toFixed(0)} ms of CPU`;
  }
  rows['peak memory'] = `${Math.round(process.resourceUsage().maxRSS / 1024)} MB`;
  return {
    name: `Importers against ${each * names.length} damaged files`,
    reach: 'no crash but FORMAT_*, no input above 2 s',
    rows,
  };
}
