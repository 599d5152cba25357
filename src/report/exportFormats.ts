/** What can be exported, without the code that does it: the editor's host only names the formats. */
export const exportFormats = ['pprof', 'collapsed', 'speedscope', 'cpuprofile', 'svg', 'chrome-trace'] as const;
export type ExportFormat = (typeof exportFormats)[number];

/** How an SVG shows the time: all of it, or the slow requests' against the typical ones'. */
export const exportViews = ['heavy', 'tail'] as const;
export type ExportView = (typeof exportViews)[number];

/** What a file of the format is called after its name. */
export const exportExtensions: Readonly<Record<ExportFormat, string>> = {
  pprof: '.pb.gz',
  collapsed: '.collapsed',
  speedscope: '.speedscope.json',
  cpuprofile: '.cpuprofile',
  svg: '.svg',
  'chrome-trace': '.trace.json',
};
