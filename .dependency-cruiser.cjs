/**
 * Which way imports may point. `operators/foundation` is the ground floor, `operators/datasets`
 * reads labelled sets, and the stages follow in the order in which frames and labels flow; a stage
 * reads earlier stages only. Above them stands `pipeline/`, whose rooms are ordered too.
 */
const stages = [
  'ingest',
  'detect',
  'track',
  'discover',
  'remember',
  'label',
  'gate',
  'learn',
  'swap',
];
const rooms = ['configuration', 'state', 'application', 'batch', 'laboratory', 'command-line'];

/** Forbids every arrow from one of `names` to a later one; `folder` holds them all. */
const inOrder = (folder, names) =>
  names.slice(0, -1).map((name, index) => ({
    name: `${name}-reads-nothing-later`,
    comment: `${name} comes before ${names.slice(index + 1).join(', ')}.`,
    severity: 'error',
    from: { path: `^${folder}/${name}/` },
    to: { path: `^${folder}/(${names.slice(index + 1).join('|')})/` },
  }));

module.exports = {
  forbidden: [
    ...inOrder('operators', stages),
    ...inOrder('pipeline', rooms),
    {
      name: 'foundation-reads-no-stage',
      comment:
        'Geometry, linear algebra, files, threads and clocks know nothing of cameras or learning.',
      severity: 'error',
      from: { path: '^operators/foundation/' },
      to: { path: '^operators/(?!foundation/)' },
    },
    {
      name: 'datasets-read-pictures-only',
      comment: 'Labelled sets are read by the pipeline; they share picture decoding with ingest.',
      severity: 'error',
      from: { path: '^operators/datasets/' },
      to: { path: '^operators/(?!datasets/|foundation/|ingest/)' },
    },
    {
      name: 'stages-read-no-datasets',
      severity: 'error',
      from: { path: `^operators/(${stages.join('|')})/` },
      to: { path: '^operators/datasets/' },
    },
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
      comment: 'measure may know what a frame event is, and nothing else of the stages.',
      severity: 'error',
      from: { path: '^operators/measure/' },
      to: { path: '^operators/(?!measure/|foundation/|ingest/)' },
    },
    {
      name: 'sinks-know-events-not-stages',
      severity: 'error',
      from: { path: '^sinks/' },
      to: { path: '^(pipeline|operators/(?!foundation/)|deploy|test)/' },
    },
    {
      name: 'nothing-imports-pipeline',
      severity: 'error',
      from: { pathNot: '^(pipeline|deploy|test|examples)/' },
      to: { path: '^pipeline/' },
    },
    {
      name: 'public-names-are-for-users',
      comment: 'The folder behind the package exports only re-exports; the code uses the sources.',
      severity: 'error',
      from: { path: '^(pipeline|operators|sinks)/' },
      to: { path: '^pipeline/public/' },
    },
    {
      name: 'examples-use-public-names',
      comment: 'An example is a program of a user, who has the package exports only.',
      severity: 'error',
      from: { path: '^examples/' },
      to: { path: '^(pipeline/(?!public/)|operators|sinks|deploy|test)/' },
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
      from: { pathNot: '^(operators/ingest/ffmpeg/ffmpeg\\.ts$|test/)' },
      to: { path: 'node_modules/(@types/)?fluent-ffmpeg/' },
    },
    {
      name: 'arithmetic-knows-no-streams',
      comment: 'Figures, policies and strategies are plain objects; streams are wired round them.',
      severity: 'error',
      from: {
        path: '^operators/(measure|learn/(strategies|solvers|statistics)|remember/policies)/',
      },
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
      to: { couldNotResolve: true, pathNot: '^(@tensorflow/tfjs-node|lifelens(/|$))' },
    },
    {
      name: 'shipped-code-needs-no-dev-dependency',
      comment: 'tsx runs the sources of a checkout; a package ships compiled JavaScript.',
      severity: 'error',
      from: {
        path: '^(pipeline|operators|sinks)/',
        pathNot: '^pipeline/laboratory/(benchmarks|results)/',
      },
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
