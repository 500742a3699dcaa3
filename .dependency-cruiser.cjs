/**
 * Which way imports may point: pipeline → {operators, sinks}; a stage reads earlier stages only.
 * The order of the stages is the order in which data flows.
 */
const stages = ['ingest', 'detect', 'track', 'discover', 'remember', 'learn', 'swap'];

const laterStages = stages.slice(0, -1).map((stage, index) => ({
  name: `${stage}-reads-no-later-stage`,
  comment: `${stage} comes before ${stages.slice(index + 1).join(', ')}.`,
  severity: 'error',
  from: { path: `^operators/${stage}/` },
  to: { path: `^operators/(${stages.slice(index + 1).join('|')})/` },
}));

module.exports = {
  forbidden: [
    ...laterStages,
    {
      name: 'stages-import-only-stages',
      severity: 'error',
      from: { path: '^operators/' },
      to: { path: '^(pipeline|sinks|deploy|test)/' },
    },
    {
      name: 'measure-is-read-by-pipeline-only',
      comment: 'measure holds arithmetic over the other stages; they do not need it to work.',
      severity: 'error',
      from: { path: '^(operators/(?!measure/)|sinks/)' },
      to: { path: '^operators/measure/' },
    },
    {
      name: 'measure-is-arithmetic',
      comment: 'measure may know what a box is, and nothing else of the stages.',
      severity: 'error',
      from: { path: '^operators/measure/' },
      to: { path: '^operators/(?!measure/|ingest/)' },
    },
    {
      name: 'sinks-know-events-not-stages',
      severity: 'error',
      from: { path: '^sinks/' },
      to: { path: '^(pipeline|operators|deploy|test)/' },
    },
    {
      name: 'nothing-imports-pipeline',
      severity: 'error',
      from: { pathNot: '^(pipeline|deploy|test)/' },
      to: { path: '^pipeline/' },
    },
    {
      name: 'nothing-imports-test',
      severity: 'error',
      from: { pathNot: '^test/' },
      to: { path: '^test/' },
    },
    {
      name: 'one-file-imports-fluent-ffmpeg',
      comment: 'fluent-ffmpeg is archived: one file stands between it and everything else.',
      severity: 'error',
      from: { pathNot: '^(operators/ingest/ffmpeg\\.ts$|test/)' },
      to: { path: 'node_modules/(@types/)?fluent-ffmpeg/' },
    },
    {
      name: 'arithmetic-knows-no-streams',
      comment: 'Figures, policies and strategies are plain objects; streams are wired round them.',
      severity: 'error',
      from: { path: '^operators/(measure/(?!measure\\.ts$)|learn/strategies/|remember/policies/)' },
      to: { path: 'node_modules/rxjs/' },
    },
    {
      name: 'stages-know-no-socket-nor-log',
      severity: 'error',
      from: { path: '^operators/' },
      to: { path: 'node_modules/(commander|ws|nats|prom-client|pino)/' },
    },
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'nothing-unresolvable',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true, pathNot: '^(@tensorflow/tfjs-node|lifelens$)' },
    },
    {
      name: 'shipped-code-needs-no-dev-dependency',
      comment: 'tsx runs the sources of a checkout; a package ships compiled JavaScript.',
      severity: 'error',
      from: { path: '^(pipeline|operators|sinks)/' },
      to: {
        dependencyTypes: ['npm-dev'],
        dependencyTypesNot: ['type-only'],
        pathNot: 'node_modules/(tsx|@types)/',
      },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^dist/|sinks/dashboard/page/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};
