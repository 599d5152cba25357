/** The README's table of the load benchmarks, made from their result files. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const begin = '<!-- load figures: written by `npm run bench -- load` -->';
const end = '<!-- end of load figures -->';

/** Writes the table between its two marks. @param names of the result files, in the table's order. */
export function writeTable(readme, folder, names) {
  const text = readFileSync(readme, 'utf8');
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`The marks of the table are missing in ${readme}.`);
  const files = names.map((name) => join(folder, `${name}.json`)).filter((file) => existsSync(file));
  const table = tableOf(files.map((file) => JSON.parse(readFileSync(file, 'utf8'))));
  writeFileSync(readme, `${text.slice(0, from + begin.length)}\n${table}${text.slice(to)}`);
}

function tableOf(records) {
  const [first] = records;
  if (!first) return '';
  const busy = records.some(({ machineWasBusy }) => machineWasBusy);
  const { cpu, cpus, kernel, node } = first.machine;
  return [
    '| load | against | asked | measured (range over the rounds) |',
    '|---|---|---|---|',
    ...records.flatMap((record) => record.figures.map(rowOf)),
    '',
    `${first.at.slice(0, 10)}, ${cpus} × ${cpu}, Linux ${kernel}, Node ${node}; service and generator on a core each.${
      busy ? ' The machine was busy with other work: these figures are a hint only.' : ''
    }`,
    '',
  ].join('\n');
}

function rowOf(figure) {
  const against = figure.against ? `${figure.against}, ${figure.quantity}` : figure.quantity;
  return `| ${figure.work} | ${against} | ${figure.asked} | ${measuredOf(figure)} |`;
}

function measuredOf({ skipped, measured, unit, lowest, highest, reached }) {
  if (skipped) return `not measured: ${skipped}`;
  const value = `${short(measured)} ${unit} (${short(lowest)}–${short(highest)})`;
  return reached ? `**${value}**` : value;
}

function short(value) {
  return Math.abs(value) >= 10 ? value.toFixed(1) : value.toFixed(2);
}
