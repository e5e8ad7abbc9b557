/**
 * Who may import whom. `architecture` below is the whole of it: a room may import its own files, the rooms listed
 * beside it, and the listed libraries; everything else is refused, also where only a type is imported.
 * `node:` modules are free for every room but `domain`, which is pure, and `page`, which runs in browsers too.
 */
const architecture = {
  domain: { rooms: [], libraries: [] },
  config: { rooms: ['domain'], libraries: ['yaml', 'zod', 'picomatch', '@types/picomatch'] },
  import: { rooms: ['domain', 'config'], libraries: ['csv-parse'] },
  /** The way out through a proxy. */
  outbound: { rooms: [], libraries: ['undici'] },
  mimecast: { rooms: ['domain', 'outbound'], libraries: ['undici'] },
  store: { rooms: ['domain'], libraries: ['ioredis'] },
  jobs: { rooms: ['domain'], libraries: ['pino'] },
  workers: { rooms: ['domain', 'jobs'], libraries: ['bullmq', 'ioredis', 'pino'] },
  alerts: { rooms: ['domain', 'outbound'], libraries: ['undici', 'standardwebhooks', 'nodemailer', 'pino'] },
  metrics: { rooms: ['domain'], libraries: ['prom-client'] },
  /** Changes config files, keeping what is in them. */
  edit: { rooms: ['domain', 'config', 'process'], libraries: ['yaml', 'diff'] },
  /** Tells the processes of a machine apart. */
  process: { rooms: [], libraries: [] },
  redis: { rooms: ['domain', 'process'], libraries: ['ioredis', 'pino'] },
  /** The status page: written as HTML by http, and drawn by its own modules in a browser. */
  page: { rooms: ['domain'], libraries: [] },
  http: { rooms: ['domain', 'metrics', 'page'], libraries: ['fastify', 'pino', 'zod'] },
  simulator: { rooms: ['domain'], libraries: ['zod'] },
};

/** Where a network request may be made, and where queues are known; everybody else is handed a function. */
const reserved = {
  bullmq: '^src/workers/',
  undici: '^src/(outbound|mimecast|alerts|cli)/',
  nodemailer: '^src/alerts/email/',
};

const rooms = Object.entries(architecture).map(([room, { rooms: others, libraries }]) => ({
  name: `${room}-imports-what-it-may`,
  comment: `src/${room} may import ${[room, ...others].join(', ')} and ${libraries.join(', ') || 'no library'}.`,
  severity: 'error',
  from: { path: `^src/${room}/` },
  to: {
    pathNot: [
      `^src/(${[room, ...others].join('|')})/`,
      ...libraries.map((library) => `(^|/)node_modules/${library}/`),
    ],
    // Node's own modules carry their name without the scheme; these two rooms may not have them.
    ...(room === 'domain' || room === 'page' ? {} : { dependencyTypesNot: ['core'] }),
  },
}));

const reservations = Object.entries(reserved).map(([library, home]) => ({
  name: `${library}-has-one-home`,
  comment: `Only ${home} imports ${library}.`,
  severity: 'error',
  from: { path: '^(src|bench)/', pathNot: [home, '^bench/'] },
  to: { path: `(^|/)node_modules/${library}/` },
}));

module.exports = {
  forbidden: [
    ...rooms,
    ...reservations,
    {
      name: 'app-is-the-top',
      comment: 'Only main, the commands, the bench and the tests import the composition root.',
      severity: 'error',
      from: { pathNot: '^(src/main\\.ts$|src/cli/|src/app|bench/|test/)' },
      to: { path: '^src/app' },
    },
    {
      name: 'commands-are-entered-through-main',
      comment: 'Nobody but main, the commands themselves and the tests imports a command.',
      severity: 'error',
      from: { pathNot: '^(src/main\\.ts$|src/cli/|test/)' },
      to: { path: '^src/cli/' },
    },
    {
      name: 'only-browsers-know-the-document',
      comment: 'What the server writes too, and the server itself, do without the DOM.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/page/browser/' },
      to: { path: '^src/page/browser/' },
    },
    {
      name: 'the-program-does-not-know-its-tests',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^(test|bench|scripts|dashboards)/' },
    },
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'everything-resolves',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'libraries-are-declared',
      comment: 'The program may use only what package.json lists under dependencies.',
      severity: 'error',
      from: { path: '^src/' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown', 'npm-optional', 'npm-peer'] },
    },
  ],
  options: {
    // TypeScript 7 has no compiler API for other programs; swc, which the tests use, reads the same imports.
    parser: 'swc',
    // A type-only import is a dependency of the reader all the same.
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: { extensions: ['.ts', '.js', '.mjs', '.cjs', '.json'], exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
  },
};
