/**
 * The names that package.json contributes, each once (architecture, law 10): test/unit/editor/names.test.ts holds the two
 * against each other.
 */
export const Command = {
  profileScenario: 'slowpath.profileScenario',
  runAgain: 'slowpath.runAgain',
  openReport: 'slowpath.openReport',
  compareWith: 'slowpath.compareWith',
  findCapacity: 'slowpath.findCapacity',
  runMatrix: 'slowpath.runMatrix',
  checkMachine: 'slowpath.checkMachine',
  createPlan: 'slowpath.createPlan',
  attach: 'slowpath.attach',
  stop: 'slowpath.stop',
  showHeat: 'slowpath.showHeat',
  showHeatDiff: 'slowpath.showHeatDiff',
  endHeatDiff: 'slowpath.endHeatDiff',
  clearHeat: 'slowpath.clearHeat',
  saveReport: 'slowpath.saveReport',
  exportRun: 'slowpath.exportRun',
  openRunFolder: 'slowpath.openRunFolder',
  deleteRun: 'slowpath.deleteRun',
  refreshRuns: 'slowpath.refreshRuns',
  profileSample: 'slowpath.profileSample',
  showLog: 'slowpath.showLog',
  /** With arguments only: (file, line). */
  openSource: 'slowpath.openSource',
  /** With arguments only: (run folder, view, index of a finding or null, and the baseline's folder or nothing). */
  revealInReport: 'slowpath.revealInReport',
  /** With arguments only: (URI of a profile file). */
  openProfile: 'slowpath.openProfile',
} as const;

export const View = { container: 'slowpath', runs: 'slowpath.runs' } as const;

/** Types of webview panels and custom editors. */
export const PanelType = {
  report: 'slowpath.report',
  cpuProfile: 'slowpath.cpuProfile',
  hlog: 'slowpath.hlog',
} as const;

/** Files that the profile editor is offered for; which of its formats one holds, its content tells. */
export const profileFilePatterns = [
  '*.cpuprofile',
  '*.heapprofile',
  '*.pb.gz',
  '*.pprof',
  '*.speedscope.json',
  '*.collapsed',
  '*.folded',
] as const;

export const Walkthrough = { start: 'slowpath.start' } as const;

/** Settings, without their common first word `slowpath`. */
export const Setting = {
  heatEnabled: 'heat.enabled',
  heatMetric: 'heat.metric',
  heatFigures: 'heat.endOfLineFigures',
  codeLensEnabled: 'codeLens.enabled',
  planCodeLensEnabled: 'planCodeLens.enabled',
  diagnosticsEnabled: 'diagnostics.enabled',
  openReportAfterRun: 'report.openAfterRun',
  nodePath: 'nodePath',
} as const;

export const settingsSection = 'slowpath';

/** Keys for `when` clauses. */
export const ContextKey = {
  measuring: 'slowpath.measuring',
  hasHeat: 'slowpath.hasHeat',
  hasHeatDiff: 'slowpath.hasHeatDiff',
  hasPlan: 'slowpath.hasPlan',
  /** Whether it has been looked for: until then no view says that there is none. */
  planKnown: 'slowpath.planKnown',
  hasRuns: 'slowpath.hasRuns',
  /** Whether it has been looked, and there is nothing to list. */
  noRuns: 'slowpath.noRuns',
} as const;

/** Values of `viewItem` in the run tree. */
export const TreeItemKind = {
  run: 'slowpath.run',
  brokenRun: 'slowpath.brokenRun',
  result: 'slowpath.result',
} as const;

/** How hot a line is, coolest first. */
export const heatLevels = [1, 2, 3, 4, 5] as const;
export type HeatLevel = (typeof heatLevels)[number];

/** Whether something costs more or less than before, and how much, the least first. */
export const diffSides = ['more', 'less'] as const;
export const diffLevels = [1, 2, 3] as const;
export type DiffSide = (typeof diffSides)[number];
export type DiffLevel = (typeof diffLevels)[number];

export const Color = {
  heat: (level: HeatLevel) => `slowpath.heat${level}`,
  heatBar: (level: HeatLevel) => `slowpath.heatBar${level}`,
  diff: (side: DiffSide, level: DiffLevel) => `slowpath.${side}${level}`,
  diffBar: (side: DiffSide) => `slowpath.${side}Bar`,
  heatStale: 'slowpath.heatStale',
  heatFigures: 'slowpath.heatFigures',
} as const;

export const planFileName = 'slowpath.jsonc';
